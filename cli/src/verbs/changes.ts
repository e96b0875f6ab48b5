import { changesTopic, decodeResourceChanged, type ResourceChanged } from '@pokepedia/events'
import { openSchemas } from '@pokepedia/events/schemas'
import { openAdmin, readRecords, type SourceRecord } from '@pokepedia/pipeline'
import { pointInTime, positiveInteger } from '../args.ts'
import { kafkaOf } from '../deployment-kafka.ts'
import { readStackJson } from '../stack-json.ts'
import { openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli } from './common.ts'

const LATELY_MS = 86_400_000
/** Pointers that a line for people names. */
const NAMED = 5

const whatOf = ({ oldHash, gone, pointers, morePointers }: ResourceChanged): string => {
  if (gone) return 'gone'
  if (oldHash === null) return 'new'
  const named = pointers.slice(0, NAMED).map((pointer) => pointer || '(all)')
  const left = pointers.length - named.length
  if (morePointers) named.push('and more')
  else if (left > 0) named.push(`and ${left} more`)
  return `changed  ${named.join(' ')}`
}

const lineOf = (change: ResourceChanged): string =>
  `${new Date(change.changedAt).toISOString()}  ${change.path}  ${whatOf(change)}`

/** `pokepedia changes`: which resources changed, as `pokepedia.changes` has it; in order for each resource. */
export const addChanges = (cli: Cli): Cli =>
  cli.command(
    'changes',
    'Which resources changed, one a line, and where in the document; in order for each resource',
    (verb) =>
      verb
        .option('since', {
          type: 'string',
          requiresArg: true,
          describe: '30m, 2h, 1d ago or a time (1d; now with --follow)',
          coerce: pointInTime('since'),
        })
        .option('limit', {
          type: 'number',
          requiresArg: true,
          describe: 'At most N changes (all)',
          coerce: positiveInteger('limit'),
        })
        .option('follow', { type: 'boolean', default: false, describe: 'Go on with what comes, until Ctrl-C' }),
    async ({ since, limit = Number.MAX_SAFE_INTEGER, follow, ...args }) => {
      const stack = await readStackJson(layoutOf(args.directory))
      const client = kafkaOf(stack)
      await using admin = await openAdmin(client)
      const decode = decodeResourceChanged(openSchemas(stack.schemaRegistry).reader(changesTopic))
      const terminal = openTerminal(args.json)
      const stop = new AbortController()
      const interrupt = (): void => stop.abort()
      process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
      let printed = 0
      const print = async ({ value }: SourceRecord): Promise<void> => {
        const change = await decode(value)
        terminal.result({ ...change, changedAt: new Date(change.changedAt).toISOString() }, lineOf(change))
        printed += 1
        if (printed >= limit) stop.abort()
      }
      const fromMs = since === undefined ? Date.now() - (follow ? 0 : LATELY_MS) : Date.parse(since)
      const ranges = await admin.rangesSince(changesTopic.name, fromMs)
      await readRecords(client, changesTopic.name, ranges, print, { signal: stop.signal, follow })
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
      if (printed === 0 && !args.json) terminal.say('nothing changed')
    },
  )
