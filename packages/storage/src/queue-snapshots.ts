import { z } from 'zod'
import type { Store } from './store.ts'

/** What was measured of a queue at one time. */
export interface QueueSnapshot {
  readonly queue: string
  readonly ready: number
  readonly delayed: number
  readonly blocked: number
  readonly oldestAt: Date | null
  readonly oldestReadyAt: Date | null
  readonly newestAt: Date | null
  readonly messages: number
}

/** Notes what was measured, and forgets what is over an hour old. */
export const saveQueueSnapshots = async (
  store: Store,
  measuredAt: Date,
  snapshots: readonly QueueSnapshot[],
): Promise<void> => {
  await store.query(
    'saving queue snapshots',
    `with forgotten as (delete from pokepedia_queue_snapshots where measured_at < $1::timestamptz - interval '1 hour')
     insert into pokepedia_queue_snapshots
       (queue_name, measured_at, ready, delayed, blocked, oldest_at, oldest_ready_at, newest_at, messages)
     select r.queue, $1, r.ready, r.delayed, r.blocked, r."oldestAt", r."oldestReadyAt", r."newestAt", r.messages
     from jsonb_to_recordset($2) as r(queue text, ready bigint, delayed bigint, blocked bigint, "oldestAt" timestamptz,
       "oldestReadyAt" timestamptz, "newestAt" timestamptz, messages bigint)
     on conflict do nothing`,
    [measuredAt, JSON.stringify(snapshots)],
  )
}

const pointRows = z.array(
  z.object({
    queue: z.string(),
    at: z.date(),
    ready: z.coerce.number(),
    delayed: z.coerce.number(),
    blocked: z.coerce.number(),
    oldestReadyAgeSeconds: z.coerce.number(),
  }),
)
export type QueuePoint = Omit<z.infer<typeof pointRows>[number], 'queue'>

/** What was measured in the last minutes, by queue, oldest first: the last reading of each half minute. */
export const queueHistory = async (store: Store, minutes: number): Promise<Map<string, QueuePoint[]>> => {
  const rows = await store.query(
    'reading queue snapshots',
    `select distinct on (queue_name, date_bin('30 s', measured_at, 'epoch'))
       queue_name as queue, measured_at as at, ready, delayed, blocked,
       coalesce(extract(epoch from measured_at - oldest_ready_at), 0) as "oldestReadyAgeSeconds"
     from pokepedia_queue_snapshots where measured_at > now() - make_interval(mins => $1)
     order by queue_name, date_bin('30 s', measured_at, 'epoch'), measured_at desc`,
    [minutes],
  )
  const found = new Map<string, QueuePoint[]>()
  for (const { queue, ...point } of pointRows.parse(rows)) found.set(queue, [...(found.get(queue) ?? []), point])
  return found
}
