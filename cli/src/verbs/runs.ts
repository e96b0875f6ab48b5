import { listRuns, type RunWithProgress } from '@pokepedia/storage'
import { positiveInteger, runId } from '../args.ts'
import { storeOf } from '../deployment-store.ts'
import { postCancelRun } from '../seeder-client.ts'
import { readStackJson } from '../stack-json.ts'
import { columns, duration, openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli } from './common.ts'

const COUNTED = ['requested', 'stored', 'unchanged', 'gone', 'superseded', 'discarded', 'dead', 'in_flight'] as const

const rowsOf = (run: RunWithProgress): (string | number)[][] => {
  const took = run.finishedAt === null ? '…' : duration(run.finishedAt.getTime() - run.startedAt.getTime())
  const trigger = run.schedule === null ? run.trigger : `${run.trigger} ${run.schedule}`
  const head = [run.id, run.state, trigger, run.startedAt.toISOString().slice(0, 19), took]
  const queues = Object.entries(run.counts)
  if (queues.length === 0) return [[...head, '', ...COUNTED.map(() => 0)]]
  return queues.map(([queue, counts]) => [...head, queue, ...COUNTED.map((name) => counts[name])])
}

const table = (runs: readonly RunWithProgress[]): string =>
  runs.length === 0
    ? 'no run yet; `pokepedia seed` starts one'
    : columns(['run', 'state', 'trigger', 'started (UTC)', 'took', 'queue', ...COUNTED], runs.flatMap(rowsOf))

/** A run as `GET /v1/runs` shows it. */
const shown = ({ id, state, trigger, startedAt, finishedAt, request, counts, schedule }: RunWithProgress): object => ({
  id,
  state,
  trigger,
  schedule,
  startedAt,
  finishedAt,
  types: request.types ?? null,
  counts,
})

/** `pokepedia runs`: the newest runs and what became of their events; `--cancel ID` ends one. */
export const addRuns = (cli: Cli): Cli =>
  cli.command(
    'runs',
    'Show the newest runs, or cancel one',
    (verb) =>
      verb
        .option('limit', {
          type: 'number',
          requiresArg: true,
          describe: 'At most N runs (10)',
          coerce: positiveInteger('limit'),
        })
        .option('cancel', {
          type: 'string',
          requiresArg: true,
          describe: 'Cancel this run: what is in flight is discarded',
          coerce: (value: unknown) => (value === undefined ? undefined : runId(value)),
        })
        .conflicts('cancel', 'limit'),
    async (args) => {
      const stack = await readStackJson(layoutOf(args.directory))
      if (args.cancel !== undefined) {
        const run = await postCancelRun(stack, args.cancel)
        openTerminal(args.json).result(run, `run ${run.id} is cancelled`)
        return
      }
      await using store = storeOf(stack)
      const runs = await listRuns(store, args.limit ?? 10)
      openTerminal(args.json).result({ runs: runs.map(shown) }, table(runs))
    },
  )
