import type { Deployment } from '@pokepedia/cli'
import pg from 'pg'
import { z } from 'zod'
import { until } from '../e2e/support.ts'

const rows = z.array(z.object({ queue: z.string(), settled: z.coerce.number(), last: z.coerce.number() }))

/** How far a queue's work is. */
export interface Progress {
  /** Events of the run that have an outcome. */
  readonly settled: number
  /** When work last ended, epoch seconds; that of an event that was read again counts as well. */
  readonly last: number
}

const QUERY = `
  select queue, count(outcome) as settled, extract(epoch from case queue
    when 'pokepedia.ingest' then (select max(checked_at) from pokepedia_resource_checks)
    else max(settled_at) end) as last
  from pokepedia_run_ledger where run_id = $1 group by 1`

/** Reads how far a run is, by queue; undefined while Postgres does not answer within a second. */
export const progressOf = async (
  { stack }: Deployment,
  runId: string,
): Promise<Readonly<Record<string, Progress>> | undefined> => {
  const limits = { connectionTimeoutMillis: 1_000, query_timeout: 1_000 }
  const client = new pg.Client({ connectionString: stack.postgres, ...limits })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const result = await client.query(QUERY, [runId])
    return Object.fromEntries(rows.parse(result.rows).map(({ queue, ...progress }) => [queue, progress]))
  } catch {
    return undefined
  } finally {
    // Not awaited: a server that is frozen would never say goodbye.
    void client.end().catch(() => undefined)
  }
}

/** Waits until work of each queue has ended after now; resolves with how long that took, in milliseconds. */
export const untilMoving = async (
  deployment: Deployment,
  runId: string,
  queues: readonly string[],
  limitMs: number,
): Promise<number> => {
  const beganAt = Date.now()
  await until(
    `work in ${queues.join(' and ')} after ${beganAt / 1_000}`,
    () => progressOf(deployment, runId),
    (now) => queues.every((queue) => (now?.[queue]?.last ?? 0) > beganAt / 1_000),
    limitMs,
  )
  return Date.now() - beganAt
}
