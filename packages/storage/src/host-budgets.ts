import type { HostTurns } from '@pokepedia/service'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { inTime } from './in-time.ts'
import type { Store } from './store.ts'

const turnRows = z.tuple([
  z.object({
    turns: z.number(),
    firstInMs: z.number(),
    spacingMs: z.number(),
    users: z.number(),
    requestsPerSecond: z.number(),
    silentForMs: z.number(),
  }),
])
const slowedRows = z.tuple([z.object({ slowed: z.boolean(), requestsPerSecond: z.number(), silentForMs: z.number() })])

/** A turn that comes later than this has passed. */
const ANSWER_LIMIT_MS = 2_000

const inTurn = <Result>(answer: Promise<Result>): Promise<Result> =>
  inTime('taking a turn at the host', ANSWER_LIMIT_MS, answer)

/**
 * The turns of one process at upstream hosts, by Postgres's clock. Throws `pg_unavailable` when Postgres does not answer
 * within 2 s, and the other errors of the store.
 */
export const hostTurns = (store: Store): HostTurns => {
  const user = uuidv7()
  return {
    async take({ host, requestsPerSecond, wanted, succeeded }) {
      const rows = await inTurn(
        store.query(
          'taking turns at a host',
          `select turns, first_in_ms as "firstInMs", spacing_ms as "spacingMs", users, rate as "requestsPerSecond",
             silent_for_ms as "silentForMs"
           from pokepedia_take_turns($1, $2, $3, $4, $5)`,
          [host, user, requestsPerSecond, wanted, succeeded],
        ),
      )
      return turnRows.parse(rows)[0]
    },
    async slowDown({ host, requestsPerSecond, silenceMs }) {
      const rows = await inTurn(
        store.query(
          'slowing down for a host',
          `select slowed, rate as "requestsPerSecond", silent_for_ms as "silentForMs"
           from pokepedia_slow_host($1, $2, $3)`,
          [host, requestsPerSecond, silenceMs],
        ),
      )
      return slowedRows.parse(rows)[0]
    },
  }
}

const hostRows = z.array(
  z.object({
    host: z.string(),
    budget: z.number(),
    rate: z.number(),
    users: z.number(),
    silentUntil: z.date().nullable(),
  }),
)
/** A host with a budget that has been asked. Rates in requests a second. */
export type HostState = z.infer<typeof hostRows>[number]

/** The hosts with a budget that have been asked, with what they bear at present and how many processes ask them. */
export const hostBudgets = async (store: Store): Promise<HostState[]> =>
  hostRows.parse(
    await store.query(
      'reading host budgets',
      `select h.host, h.budget, h.rate, count(u.user_id)::integer as users,
         case when pokepedia_silent_for_ms(h.silent_until, clock_timestamp()) > 0 then h.silent_until end as "silentUntil"
       from pokepedia_host_budgets h
       left join pokepedia_host_users u on u.host = h.host and u.seen_at > clock_timestamp() - interval '3 seconds'
       group by h.host order by h.host`,
    ),
  )
