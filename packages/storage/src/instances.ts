import { messageOf } from '@pokepedia/errors'
import { type Log, repeat } from '@pokepedia/service'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { inTime } from './in-time.ts'
import type { Store } from './store.ts'

/** A breaker as its process tells of it. */
export interface ReportedBreaker {
  readonly dependency: string
  readonly open: boolean
  /** Since when it is in this state. */
  readonly since: Date
  /** The failure that opened it. */
  readonly code?: string | undefined
  /** What the dependency was last found to fail with. */
  readonly detail?: string | undefined
}

/** What a process that reads queues says of itself. */
export interface InstanceReport {
  readonly inFlight: number
  readonly inFlightLimit: number
  readonly breakers: readonly ReportedBreaker[]
  /** The partitions that it reads, by topic. */
  readonly partitions: Readonly<Record<string, readonly number[]>>
}

const instanceRows = z.array(
  z.object({
    id: z.string(),
    service: z.string(),
    startedAt: z.date(),
    seenAt: z.date(),
    inFlight: z.number(),
    inFlightLimit: z.number(),
    breakers: z.array(
      z.object({
        dependency: z.string(),
        open: z.boolean(),
        since: z.coerce.date(),
        code: z.string().optional(),
        detail: z.string().optional(),
      }),
    ),
    partitions: z.record(z.string(), z.array(z.number())),
  }),
)
/** A process that reads queues, as it last told of itself. */
export type Instance = z.infer<typeof instanceRows>[number]

const REPORT_EVERY_MS = 1_000
const ANSWER_LIMIT_MS = 2_000
/** One that has not been heard of for so long is not there. */
const FORGOTTEN_AFTER_S = 30

/** The processes that were heard of in the last 30 s, by service and age. Throws `pg_unavailable` after 2 s. */
export const liveInstances = async (store: Store): Promise<Instance[]> =>
  instanceRows.parse(
    await inTime(
      'reading instances',
      ANSWER_LIMIT_MS,
      store.query(
        'reading instances',
        `select id, service, started_at as "startedAt", seen_at as "seenAt", in_flight as "inFlight",
           in_flight_limit as "inFlightLimit", breakers, partitions
         from pokepedia_instances where seen_at > now() - make_interval(secs => $1) order by service, started_at, id`,
        [FORGOTTEN_AFTER_S],
      ),
    ),
  )

/** Notes what an instance says of itself. */
const saveInstance = async (
  store: Store,
  { id, service, startedAt }: Pick<Instance, 'id' | 'service' | 'startedAt'>,
  { inFlight, inFlightLimit, breakers, partitions }: InstanceReport,
): Promise<void> => {
  const values = [id, service, startedAt, inFlight, inFlightLimit, JSON.stringify(breakers), JSON.stringify(partitions)]
  await store.query(
    'reporting an instance',
    `insert into pokepedia_instances (id, service, started_at, in_flight, in_flight_limit, breakers, partitions)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (id) do update set seen_at = now(), in_flight = excluded.in_flight,
       in_flight_limit = excluded.in_flight_limit, breakers = excluded.breakers, partitions = excluded.partitions`,
    values,
  )
}

export interface ReportOptions {
  readonly store: Store
  readonly service: string
  /** What there is to say now. */
  readonly read: () => InstanceReport
  readonly log: Log
}

/**
 * Has a process tell of itself once a second, until it is disposed, which takes its word back. While Postgres is away
 * nothing is told, and the word is forgotten after 30 s.
 */
export const reportInstance = ({ store, service, read, log }: ReportOptions): AsyncDisposable => {
  const self = { id: uuidv7(), service, startedAt: new Date() }
  // Each report is limited: a stop waits for the one under way.
  const limited = <Result>(answer: Promise<Result>): Promise<Result> =>
    inTime('reporting an instance', ANSWER_LIMIT_MS, answer)
  const reporting = repeat(
    'reporting this instance',
    REPORT_EVERY_MS,
    () => limited(saveInstance(store, self, read())),
    log,
  )
  // What was killed could not take its word back.
  const tidied = store
    .query('removing old instances', "delete from pokepedia_instances where seen_at < now() - interval '1 hour'")
    .catch((error: unknown) => log.debug({ event: 'instance.untidy', err: error }, messageOf(error)))
  return {
    async [Symbol.asyncDispose]() {
      await reporting[Symbol.asyncDispose]()
      const left = store.query('removing an instance', 'delete from pokepedia_instances where id = $1', [self.id])
      await limited(Promise.all([tidied, left])).catch((error: unknown) =>
        log.debug({ event: 'instance.untidy', err: error }, messageOf(error)),
      )
    },
  }
}
