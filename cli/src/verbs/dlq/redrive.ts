import { setTimeout as delay } from 'node:timers/promises'
import { getRedrive, type Preview, postPreview, postRedrive, type RedriveView } from '../../dead-letters-client.ts'
import { CliError, usageError } from '../../failure.ts'
import { readStackJson, type StackJson } from '../../stack-json.ts'
import { columns, openTerminal, type Terminal } from '../../terminal.ts'
import { layoutOf } from '../../up/layout.ts'
import type { Cli } from '../common.ts'
import { choiceOf, withChoice } from './options.ts'

const LOOK_EVERY_MS = 500
/** For how long the metrics service may be away; it is started again when it dies. */
const PATIENCE_MS = 60_000

const rateOf = (value: unknown): number | undefined => {
  if (value === undefined) return undefined
  if (typeof value === 'number' && value >= 0.1 && value <= 1_000) return value
  throw usageError('--rate must be letters a second, from 0.1 to 1000')
}

const histogram = ({ selected, overCap, histogram: rows }: Preview): string => {
  const cells = rows.map((row) => [
    row.letters,
    row.overCap,
    row.queue,
    row.code,
    row.type ?? '-',
    row.fingerprint ?? '-',
  ])
  const table = columns(['letters', 'over the cap', 'queue', 'code', 'type', 'fingerprint'], cells)
  return `${rows.length === 0 ? '' : `${table}\n\n`}${selected} would be sent, ${overCap} are over the cap; nothing was sent`
}

const isOver = ({ state }: RedriveView): boolean => state === 'completed' || state === 'cancelled'

/** Asks until the redrive has its outcome, through restarts of the metrics service. */
const follow = async (stack: StackJson, first: RedriveView, terminal: Terminal): Promise<RedriveView> => {
  let redrive = first
  for (let answeredMs = Date.now(); !isOver(redrive); await delay(LOOK_EVERY_MS)) {
    try {
      const next = await getRedrive(stack, first.id)
      if (next.summary !== redrive.summary && !isOver(next)) terminal.say(next.summary)
      redrive = next
      answeredMs = Date.now()
    } catch (error) {
      if (!(error instanceof CliError) || Date.now() - answeredMs > PATIENCE_MS) throw error
    }
  }
  return redrive
}

const redrive = async (stack: StackJson, choice: object, wait: boolean, terminal: Terminal): Promise<number> => {
  const created = await postRedrive(stack, choice)
  const leftOut = created.overCap > 0 ? `, ${created.overCap} over the cap are left out` : ''
  const begun = `redrive ${created.id}: ${created.selected} letters${leftOut}`
  if (!wait) {
    terminal.result(created, begun)
    return 0
  }
  terminal.say(begun)
  const ended = await follow(stack, created, terminal)
  terminal.result(ended, ended.summary)
  return ended.state === 'completed' ? 0 : 1
}

/** `pokepedia dlq redrive`: sends letters back to their queue. */
export const addRedrive = (cli: Cli): Cli =>
  cli.command(
    'redrive [ids..]',
    'Send open dead letters back to their queue, byte for byte',
    (verb) =>
      withChoice(verb)
        .option('rate', { type: 'number', requiresArg: true, describe: 'Letters a second (50)', coerce: rateOf })
        .option('dry-run', { type: 'boolean', describe: 'Count what would be sent; send nothing' })
        .option('wait', { type: 'boolean', describe: 'Stay until each has an outcome; 1 if it was cancelled' })
        .conflicts('dry-run', 'wait'),
    async (args) => {
      const choice = choiceOf({ ...args, ids: args.ids ?? [] })
      const stack = await readStackJson(layoutOf(args.directory))
      const terminal = openTerminal(args.json)
      if (args.dryRun) {
        const preview = await postPreview(stack, choice)
        return terminal.result(preview, histogram(preview))
      }
      const body = args.rate === undefined ? choice : { ...choice, rate: args.rate }
      process.exitCode = await redrive(stack, body, args.wait === true, terminal)
    },
  )
