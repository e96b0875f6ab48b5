import { newTraceparent, type RunId, runIdSchema } from '@pokepedia/events'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { RUN_STATES } from './runs.ts'
import type { Store } from './store.ts'

/** What becomes of ticks that no seeder was there for: the last of them is fired late, or none is. */
export const CATCH_UPS = ['once', 'skip'] as const
export type CatchUp = (typeof CATCH_UPS)[number]

const requestSchema = z.object({
  types: z.array(z.string()).optional(),
  limit: z.number().int().positive().optional(),
  force: z.boolean().optional(),
})
/** What the runs of a schedule ask for; nothing given means everything. */
export type ScheduleRequest = z.infer<typeof requestSchema>

/** A schedule as it is put; its first tick was computed from the time at which it is put. */
export interface ScheduleToPut {
  readonly name: string
  readonly cron: string
  /** IANA name. */
  readonly timeZone: string
  readonly request: ScheduleRequest
  readonly requestHash: string
  readonly enabled: boolean
  readonly note: string
  readonly catchUp: CatchUp
  /** Null for one that is disabled. */
  readonly nextAt: Date | null
}

const timeRows = z.tuple([z.object({ now: z.date() })])

/** The clock that decides what is due. */
export const databaseNow = async (store: Store): Promise<Date> =>
  timeRows.parse(await store.query('asking the time', 'select clock_timestamp() as now'))[0].now

/**
 * Creates or updates schedules from `at` on, by the API. With `replace` all others are removed. What is as it was is not
 * touched, and a schedule whose cron, time zone and state stay keeps the ticks that are due.
 */
export const putSchedules = async (
  store: Store,
  schedules: readonly ScheduleToPut[],
  { at, replace }: { at: Date; replace: boolean },
): Promise<void> => {
  await store.query('putting schedules', "select pokepedia_put_schedules($1, $2, 'api', $3)", [
    JSON.stringify(schedules),
    at,
    replace ? ['file', 'api'] : [],
  ])
}

const FILE_RESULTS = ['applied', 'known', 'changed', 'older'] as const
const fileRows = z.tuple([z.object({ result: z.enum(FILE_RESULTS) })])

export interface ScheduleFileToApply {
  readonly version: number
  readonly contentHash: string
  readonly schedules: readonly ScheduleToPut[]
  readonly at: Date
}

/**
 * Applies a file whose version is higher than the last one applied: its entries are created and updated, entries of an
 * earlier version that it no longer has are removed, and what the API made is left alone. `known`: it was applied before;
 * `changed`: the content differs and the version does not; `older`: a later version was applied.
 */
export const applyScheduleFile = async (
  store: Store,
  { version, contentHash, schedules, at }: ScheduleFileToApply,
): Promise<(typeof FILE_RESULTS)[number]> => {
  const rows = await store.query(
    'applying the schedules’ file',
    'select pokepedia_apply_schedule_file($1, $2, $3, $4) as result',
    [version, contentHash, JSON.stringify(schedules), at],
  )
  return fileRows.parse(rows)[0].result
}

/** Removes a schedule; its runs go on. False when there was none. */
export const removeSchedule = async (store: Store, name: string): Promise<boolean> => {
  const rows = await store.query(
    'removing a schedule',
    'delete from pokepedia_schedules where name = $1 returning name',
    [name],
  )
  return rows.length > 0
}

const scheduleSchema = z.object({
  name: z.string(),
  cron: z.string(),
  timeZone: z.string(),
  enabled: z.boolean(),
  note: z.string(),
  catchUp: z.enum(CATCH_UPS),
  origin: z.enum(['file', 'api']),
  request: requestSchema,
  /** The newest run, by a tick or at an operator's word; null before the first, and when retention has removed it. */
  lastRun: z.object({ id: runIdSchema, state: z.enum(RUN_STATES), startedAt: z.coerce.date() }).nullable(),
  lastRunAt: z.date().nullable(),
  /** When a run last completed, with or without dead letters. */
  lastSuccessAt: z.date().nullable(),
  nextAt: z.date().nullable(),
  /** Ticks that no seeder was there for and that were not caught up with. */
  missed: z.coerce.number(),
  /** Ticks that met a run of the schedule which was still going. */
  skipped: z.coerce.number(),
  lastTick: z
    .object({
      dueAt: z.coerce.date(),
      outcome: z.enum(['fired', 'skipped', 'missed']),
      cause: z.string().nullable(),
    })
    .nullable(),
})
export type Schedule = z.infer<typeof scheduleSchema>
const scheduleRows = z.array(scheduleSchema)

/** Every schedule, by name, or the one that is named. */
export const listSchedules = async (store: Store, name: string | null = null): Promise<Schedule[]> =>
  scheduleRows.parse(
    await store.query(
      'reading schedules',
      `select s.name, s.cron, s.time_zone as "timeZone", s.enabled, s.note, s.catch_up as "catchUp", s.origin, s.request,
         case when r.id is not null then
           jsonb_build_object('id', r.id, 'state', r.state, 'startedAt', r.started_at) end as "lastRun",
         s.last_run_at as "lastRunAt", s.last_success_at as "lastSuccessAt", s.next_at as "nextAt", s.missed, s.skipped,
         (select jsonb_build_object('dueAt', t.due_at, 'outcome', t.outcome, 'cause', t.cause)
          from pokepedia_schedule_ticks t where t.schedule = s.name order by t.due_at desc limit 1) as "lastTick"
       from pokepedia_schedules s left join pokepedia_runs r on r.id = s.last_run_id
       where $1::text is null or s.name = $1 order by s.name`,
      [name],
    ),
  )

const dueRows = z.array(
  z.object({
    name: z.string(),
    cron: z.string(),
    timeZone: z.string(),
    catchUp: z.enum(CATCH_UPS),
    revision: z.string(),
    decidedUntil: z.date(),
    now: z.date(),
  }),
)
/** A schedule with a tick that is due by the database's clock, and what that clock says. */
export type DueSchedule = z.infer<typeof dueRows>[number]

export const dueSchedules = async (store: Store): Promise<DueSchedule[]> =>
  dueRows.parse(
    await store.query(
      'looking for due schedules',
      `select name, cron, time_zone as "timeZone", catch_up as "catchUp", revision::text, decided_until as "decidedUntil",
         clock_timestamp() as now
       from pokepedia_schedules where enabled and next_at <= clock_timestamp() order by next_at, name`,
    ),
  )

/** What is to become of the ticks up to `until`. */
export interface TickDecision {
  readonly until: Date
  readonly nextAt: Date | null
  /** Ticks that nobody was there for; the last of them was due at `missedAt`. */
  readonly missed: number
  readonly missedAt: Date | null
  readonly cause: string | null
  /** The tick to fire. */
  readonly due: Date | null
}

const decidedRows = z.tuple([z.object({ outcome: z.enum(['fired', 'skipped', 'missed']).nullable() })])

/**
 * Writes the decision and makes the run in one transaction. A tick that meets an open run of its schedule is skipped.
 * `outcome` is null when another seeder was faster, or the schedule was edited since it was read; `runId` is that of the
 * run if it was fired.
 */
export const decideTicks = async (
  store: Store,
  { name, revision }: DueSchedule,
  { until, nextAt, missed, missedAt, cause, due }: TickDecision,
): Promise<{ outcome: 'fired' | 'skipped' | 'missed' | null; runId: RunId }> => {
  const runId = runIdSchema.parse(uuidv7())
  const rows = await store.query(
    `deciding on ${name}`,
    'select pokepedia_decide_ticks($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as outcome',
    [name, revision, until, nextAt, missed, missedAt, cause, due, runId, newTraceparent()],
  )
  return { outcome: decidedRows.parse(rows)[0].outcome, runId }
}

const openRows = z.array(z.object({ openRun: runIdSchema.nullable() })).max(1)

/** Makes a run of the schedule now. `open` is one that is still going, and then none is made; undefined: no such schedule. */
export const runSchedule = async (
  store: Store,
  name: string,
  traceparent: string | undefined,
): Promise<{ runId: RunId; open: RunId | null } | undefined> => {
  const runId = runIdSchema.parse(uuidv7())
  const rows = await store.query(
    `running ${name}`,
    'select open_run as "openRun" from pokepedia_run_schedule($1, $2, $3)',
    [name, runId, traceparent ?? newTraceparent()],
  )
  const found = openRows.parse(rows)[0]
  return found && { runId, open: found.openRun }
}

/** Forgets what was decided on ticks more than so many days ago. */
export const removeOldTicks = async (store: Store, keptForDays: number): Promise<void> => {
  await store.query(
    'removing old ticks',
    'delete from pokepedia_schedule_ticks where due_at < now() - make_interval(days => $1)',
    [keptForDays],
  )
}

const freshRows = z.array(z.object({ path: z.string() }))

/** Which of the paths are present and were checked within their number of milliseconds; those the run has are none. */
export const freshPaths = async (
  store: Store,
  runId: RunId,
  queue: string,
  candidates: readonly { readonly path: string; readonly freshForMs: number }[],
): Promise<Set<string>> => {
  const rows = await store.query('looking for fresh resources', 'select * from pokepedia_fresh_paths($1, $2, $3, $4)', [
    runId,
    queue,
    candidates.map(({ path }) => path),
    candidates.map(({ freshForMs }) => freshForMs / 1_000),
  ])
  return new Set(freshRows.parse(rows).map(({ path }) => path))
}
