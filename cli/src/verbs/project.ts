import { storeOf } from '../deployment-store.ts'
import { usageError } from '../failure.ts'
import { type Rebuilt, rebuild } from '../project/rebuild.ts'
import { readStackJson } from '../stack-json.ts'
import { grouped, openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli } from './common.ts'

const SHOWN = 20
const EVERY = 2_000

const textOf = ({ documents, pokemon, references, removed, unreadable }: Rebuilt): string =>
  [
    `${grouped(documents)} documents read; made anew: ${grouped(pokemon)} Pokédex rows, ${grouped(references)} media references; ${grouped(removed)} rows removed`,
    ...unreadable.slice(0, SHOWN).map(({ path, reason }) => `not readable: ${path}: ${reason}`),
    ...(unreadable.length > SHOWN ? [`and ${grouped(unreadable.length - SHOWN)} more`] : []),
  ].join('\n')

/** `pokepedia project --rebuild`: what follows from the stored documents, from these alone. */
export const addProject = (cli: Cli): Cli =>
  cli.command(
    'project',
    'Make the Pokédex rows and media references anew from the stored documents; 1 if one can’t be read',
    (verb) =>
      verb
        .option('rebuild', { type: 'boolean', default: false, describe: 'Do it; writes what differs alone' })
        .check(({ rebuild: wanted }) => {
          if (!wanted) throw usageError('say --rebuild')
          return true
        }),
    async (args) => {
      const terminal = openTerminal(args.json)
      await using store = storeOf(await readStackJson(layoutOf(args.directory)))
      const rebuilt = await rebuild(store, (documents) => {
        if (documents % EVERY === 0) process.stderr.write(`${grouped(documents)} documents\n`)
      })
      terminal.result(rebuilt, textOf(rebuilt))
      if (rebuilt.unreadable.length > 0) process.exitCode = 1
    },
  )
