import { errors } from '@pokepedia/errors'
import { newTraceparent, type RunId, runIdSchema } from '@pokepedia/events'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { progressOf, type RunProgress } from './ledger.ts'
import type { Store } from './store.ts'

export const RUN_STATES = [
  'discovering',
  'running',
  'completed',
  'completed_with_dead_letters',
  'cancelled',
  'failed',
] as const
export type RunState = (typeof RUN_STATES)[number]
export const RUN_TRIGGERS = ['http', 'schedule', 'cli'] as const
export type RunTrigger = (typeof RUN_TRIGGERS)[number]

const requestSchema = z.object({
  types: z.array(z.string()).optional(),
  paths: z.array(z.string()).optional(),
  limit: z.number().int().positive().optional(),
  force: z.boolean().optional(),
  /** Only the media that stored documents name; no document is asked for. */
  media: z.boolean().optional(),
})
/** What a run was asked for; nothing given means everything. */
export type RunRequest = z.infer<typeof requestSchema>

const runSchema = z.object({
  id: runIdSchema,
  state: z.enum(RUN_STATES),
  trigger: z.enum(RUN_TRIGGERS),
  request: requestSchema,
  requestHash: z.string(),
  failure: z.string().nullable(),
  /** The creation context of the run's events (W3C Trace Context). */
  traceparent: z.string().nullable(),
  /** The name of the schedule that asked for it. */
  schedule: z.string().nullable(),
  /** Resources that were fresh enough to be left out. */
  fresh: z.number(),
  startedAt: z.date(),
  finishedAt: z.date().nullable(),
})
export type Run = z.infer<typeof runSchema>
const runRows = z.array(runSchema)
const lockRows = z.tuple([z.object({ got: z.boolean() })])
const endedRows = z.tuple([z.object({ ended: z.boolean() })])

const COLUMNS = `id, state, trigger, request, request_hash as "requestHash", failure, traceparent, schedule, fresh,
  started_at as "startedAt", finished_at as "finishedAt"`

export interface RunToCreate {
  readonly trigger: RunTrigger
  readonly request: RunRequest
  readonly idempotencyKey?: string
  /** Tells a repeated request from another one with the same key. */
  readonly requestHash: string
  /** The traceparent of what asked for the run; a new trace begins without one. */
  readonly traceparent?: string | undefined
}

/**
 * Makes a run in state `discovering`. With the idempotency key of an earlier run that one is returned; throws
 * `idempotency_conflict` when the earlier request was another.
 */
export const createRun = async (store: Store, run: RunToCreate): Promise<{ run: Run; created: boolean }> => {
  const inserted = await store.query(
    'creating a run',
    `insert into pokepedia_runs (id, trigger, request, force, idempotency_key, request_hash, traceparent)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (idempotency_key) do nothing returning ${COLUMNS}`,
    [
      uuidv7(),
      run.trigger,
      JSON.stringify(run.request),
      run.request.force ?? false,
      run.idempotencyKey ?? null,
      run.requestHash,
      run.traceparent ?? newTraceparent(),
    ],
  )
  const [created] = runRows.parse(inserted)
  if (created) return { run: created, created: true }
  const found = await store.query('finding a run', `select ${COLUMNS} from pokepedia_runs where idempotency_key = $1`, [
    run.idempotencyKey,
  ])
  const [earlier] = runRows.parse(found)
  if (earlier?.requestHash === run.requestHash) return { run: earlier, created: false }
  throw errors(
    'idempotency_conflict',
    `the idempotency key ${run.idempotencyKey} belongs to another request; use a new key`,
  )
}

/**
 * Runs the work while holding the run's lock; returns undefined when another process holds it. The lock has a connection
 * of its own, so it ends with this process and takes none from the pool; when that connection is cut, the work goes on
 * and another process may begin it too, which the ledger allows.
 */
export const withRunLock = <Result>(
  store: Store,
  runId: RunId,
  work: () => Promise<Result>,
): Promise<Result | undefined> =>
  store.withConnection('locking a run', async (query) => {
    const rows = await query("select pg_try_advisory_lock(hashtextextended('pokepedia.run.' || $1::text, 0)) as got", [
      runId,
    ])
    return lockRows.parse(rows)[0].got ? await work() : undefined
  })

/** Notes how many resources a run leaves out because they are fresh. */
export const setFresh = async (store: Store, runId: RunId, fresh: number): Promise<void> => {
  await store.query('noting what is fresh', 'update pokepedia_runs set fresh = $2 where id = $1', [runId, fresh])
}

/** A discovering run whose events have all left goes on to `running`. */
export const setRunning = async (store: Store, runId: RunId): Promise<void> => {
  await store.query(
    'starting a run',
    "update pokepedia_runs set state = 'running' where id = $1 and state = 'discovering'",
    [runId],
  )
}

const endRun = async (store: Store, runId: RunId, state: RunState, reason: string | null): Promise<boolean> => {
  const rows = await store.query('ending a run', 'select pokepedia_end_run($1, $2, $3) as ended', [
    runId,
    state,
    reason,
  ])
  return endedRows.parse(rows)[0].ended
}

/** Ends a run that could not be discovered, with the reason; what is in flight is discarded. False when it had ended. */
export const failRun = (store: Store, runId: RunId, reason: string): Promise<boolean> =>
  endRun(store, runId, 'failed', reason)

/** Ends a run on request; what is in flight is discarded. False when it had ended. */
export const cancelRun = (store: Store, runId: RunId): Promise<boolean> => endRun(store, runId, 'cancelled', null)

/** Runs in the given state, oldest first. */
export const runsInState = async (store: Store, state: RunState): Promise<Run[]> =>
  runRows.parse(
    await store.query('finding runs', `select ${COLUMNS} from pokepedia_runs where state = $1 order by id`, [state]),
  )

/**
 * Closes every running run that has no event in flight, and returns those it closed; safe with several closers. Media
 * entries are written in the transaction that settles their resource, so no run looks finished too early.
 */
export const closeFinishedRuns = async (store: Store): Promise<Run[]> =>
  runRows.parse(await store.query('closing runs', `select ${COLUMNS} from pokepedia_close_finished_runs()`))

const settledRows = z.tuple([z.object({ perSecond: z.number() })])

/** Records of the run that came to an end each second, over the last 30 s, or since its start if that is later. */
export const settledPerSecond = async (store: Store, id: RunId): Promise<number> => {
  const rows = await store.query(
    'measuring a run',
    `select (count(l.settled_at) / greatest(1, extract(epoch from least(now() - r.started_at, '30 s'))))::float8
       as "perSecond"
     from pokepedia_runs r
     left join pokepedia_run_ledger l on l.run_id = r.id and l.settled_at > now() - interval '30 s'
     where r.id = $1 group by r.started_at
     union all select 0 limit 1`,
    [id],
  )
  return settledRows.parse(rows)[0].perSecond
}

export type RunWithProgress = Run & RunProgress

const withProgress = async (store: Store, runs: readonly Run[]): Promise<RunWithProgress[]> => {
  const progress = await progressOf(
    store,
    runs.map(({ id }) => id),
  )
  return runs.map((run) => ({ ...run, ...(progress.get(run.id) ?? { counts: {}, byType: {} }) }))
}

/** The newest runs with their counts, newest first. */
export const listRuns = async (store: Store, limit: number): Promise<RunWithProgress[]> => {
  const rows = await store.query('listing runs', `select ${COLUMNS} from pokepedia_runs order by id desc limit $1`, [
    limit,
  ])
  return withProgress(store, runRows.parse(rows))
}

/** One run with its counts. */
export const getRun = async (store: Store, id: RunId): Promise<RunWithProgress | undefined> => {
  const rows = await store.query('reading a run', `select ${COLUMNS} from pokepedia_runs where id = $1`, [id])
  return (await withProgress(store, runRows.parse(rows)))[0]
}
