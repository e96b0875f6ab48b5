import { createLog, settings } from '@pokepedia/service'
import { mediaKindsOf, openStore } from '@pokepedia/storage'
import { z } from 'zod'
import { age, commaList, positiveInteger, postgresUrl } from '../args.ts'
import { cliSettings, ofItsOwn } from '../cli-settings.ts'
import { objectsOf, storeOf } from '../deployment-store.ts'
import { usageError } from '../failure.ts'
import { readListing } from '../seeder-client.ts'
import { readStackJson } from '../stack-json.ts'
import { openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import { type Repair, repair } from '../verify/repair.ts'
import { repairText, verificationText } from '../verify/report.ts'
import { pathsToSeed, type Verification, verifyCopy } from '../verify/verify-deployment.ts'
import type { Cli, CommonOptions } from './common.ts'

const DAY_MS = 86_400_000

interface VerifyArgs extends CommonOptions {
  readonly types: string[] | undefined
  readonly sample: number | undefined
  readonly objects: boolean
  readonly against: string | undefined
  readonly repair: boolean
  readonly olderThan: number | undefined
}

const mediaConfig = z.object({ MEDIA_KINDS: settings.media.MEDIA_KINDS })

/** Where it is, without user and password. */
const nameOf = (url: string): string => {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}

const faultyFiles = ({ faults }: Verification): string[] =>
  faults.filter(({ kind }) => kind === 'object').map(({ key }) => key)

const verify = async (args: VerifyArgs): Promise<void> => {
  const kinds = mediaKindsOf(cliSettings(mediaConfig, ofItsOwn(mediaConfig)).MEDIA_KINDS)
  const terminal = openTerminal(args.json)
  const stack = await readStackJson(layoutOf(args.directory))
  await using store = storeOf(stack)
  await using objects = objectsOf(stack)
  await using other = args.against === undefined ? undefined : openStore({ url: args.against, poolSize: 1 }, silent)
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  say('reading the upstream’s lists')
  const listing = await readListing(stack, args.types)
  const against = other && args.against !== undefined ? { store: other, name: nameOf(args.against) } : undefined
  const options = {
    ...{ store, objects, listing, types: args.types, mediaKinds: kinds, say },
    olderThanMs: args.olderThan ?? 30 * DAY_MS,
  }
  const urls = args.objects ? undefined : []
  const found = await verifyCopy({ ...options, sample: args.sample, urls, against })
  let mended: { done: Repair; found: Verification } | undefined
  if (args.repair && pathsToSeed(found.faults).length > 0) {
    const done = await repair(stack, store, found.faults, terminal)
    mended = { done, found: await verifyCopy({ ...options, urls: faultyFiles(found), against }) }
  }
  const last = mended?.found ?? found
  const ok = last.faults.length === 0
  const value = { ok, ...found, ...(mended ? { repair: mended.done, afterRepair: mended.found } : {}) }
  terminal.result(value, mended ? repairText(found, mended.done, mended.found) : verificationText(found))
  process.exitCode = ok ? 0 : 1
}

const silent = createLog('cli', 'silent')

/** `pokepedia verify`: whether the copy is complete, whole and closed; docs/verify.md. */
export const addVerify = (cli: Cli): Cli =>
  cli.command(
    'verify',
    'Compare the copy with the upstream’s lists, follow its links, read its files; 1 if something is wrong',
    (verb) =>
      verb
        .option('types', {
          type: 'string',
          requiresArg: true,
          describe: 'Resource types, separated by commas (all)',
          coerce: commaList('types'),
        })
        .option('sample', {
          type: 'number',
          requiresArg: true,
          describe: 'Read N files, chosen by chance (all)',
          coerce: positiveInteger('sample'),
        })
        .option('objects', { type: 'boolean', default: true, describe: 'Read the files; --no-objects leaves them out' })
        .option('against', {
          type: 'string',
          requiresArg: true,
          describe: 'Compare with the table pokeapi_resources of this database, too',
          coerce: postgresUrl('against'),
        })
        .option('repair', {
          type: 'boolean',
          default: false,
          describe: 'Seed what mends the faults, wait, and look at them again',
        })
        .option('older-than', {
          type: 'string',
          requiresArg: true,
          describe: 'A row that the upstream has not confirmed for so long is stale (30d)',
          coerce: age('older-than'),
        })
        .check(({ objects, sample }) => {
          if (!objects && sample !== undefined) throw usageError('--sample and --no-objects exclude each other')
          return true
        }),
    (args) => verify(args),
  )
