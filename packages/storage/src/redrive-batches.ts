import type { Headers, RecordPlace } from '@pokepedia/events'
import { z } from 'zod'
import type { Query, Store } from './store.ts'

/** The end of each partition of a topic, decimal text by partition number. */
export type PartitionEnds = Readonly<Record<string, string>>

/** A letter on its way to its queue. */
export interface LetterToSend {
  readonly id: number
  readonly origin: RecordPlace
  readonly redriveCount: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Headers
}

/** Letters of one queue that a redrive sends together; `ends` are from before the first of them was sent. */
export interface RedriveBatch {
  readonly redriveId: string
  readonly batch: number
  readonly queue: string
  readonly ends: PartitionEnds
  readonly letters: readonly LetterToSend[]
}

const COLUMNS = `id, queue, batch, redrive_count as "redriveCount", key, value, headers, json_build_object(
  'topic', origin_topic, 'partition', origin_partition, 'offset', origin_offset::text,
  'timestamp', origin_timestamp::text) as origin`

const letterRows = z.array(
  z.object({
    id: z.coerce.number(),
    queue: z.string(),
    batch: z.number(),
    redriveCount: z.number(),
    key: z.instanceof(Buffer).nullable(),
    value: z.instanceof(Buffer).nullable(),
    headers: z.record(z.string(), z.string()),
    origin: z.object({ topic: z.string(), partition: z.number(), offset: z.string(), timestamp: z.string() }),
  }),
)
const lockRows = z.tuple([z.object({ got: z.boolean() })])

/**
 * Does the work as the only sender of redrives; returns undefined when another process is it. The lock ends with the
 * connection whose `query` the work is given: a sender that has lost it can prepare nothing more.
 */
export const asOnlyRedriver = <Result>(
  store: Store,
  work: (query: Query) => Promise<Result>,
): Promise<Result | undefined> =>
  store.withConnection('locking redrives', async (query) => {
    const rows = await query(`select pg_try_advisory_lock(hashtextextended('pokepedia.redrive', 0)) as got`)
    return lockRows.parse(rows)[0].got ? await work(query) : undefined
  })

const unfinishedRows = z.array(z.object({ redriveId: z.string(), ends: z.record(z.string(), z.string()) }))

/** A batch whose sender died or failed before it noted that all is sent. */
export const unfinishedBatch = async (query: Query): Promise<RedriveBatch | undefined> => {
  const [found] = unfinishedRows.parse(
    await query(
      `select r.id as "redriveId", r.batch_ends as ends from pokepedia_redrives r where exists (
         select from pokepedia_dead_letters d where d.redrive_id = r.id and d.batch is not null and d.sent_at is null)
       order by r.id limit 1`,
    ),
  )
  if (!found) return undefined
  const letters = letterRows.parse(
    await query(
      `select ${COLUMNS} from pokepedia_dead_letters
       where redrive_id = $1 and batch is not null and sent_at is null order by id`,
      [found.redriveId],
    ),
  )
  const [first] = letters
  return first && { ...found, batch: first.batch, queue: first.queue, letters }
}

const nextRows = z.array(z.object({ redriveId: z.string(), rate: z.number(), queue: z.string() }))

/** The redrive whose turn it is, and the queue of its next letter. */
export const nextRedrive = async (query: Query): Promise<z.infer<typeof nextRows>[number] | undefined> =>
  nextRows.parse(
    await query(
      `select r.id as "redriveId", r.rate, d.queue from pokepedia_redrives r join pokepedia_dead_letters d
         on d.redrive_id = r.id and d.state = 'redriving' and d.batch is null
       where r.state = 'sending' order by r.id, d.id limit 1`,
    ),
  )[0]

/**
 * Takes the next letters of a redrive: from now on they will be sent, whatever happens. Their ledger entries are in
 * flight again, and their runs open. Undefined when there are none, or the redrive was cancelled.
 */
export const prepareBatch = async (
  query: Query,
  { redriveId, queue, ends, limit }: Pick<RedriveBatch, 'redriveId' | 'queue' | 'ends'> & { readonly limit: number },
): Promise<RedriveBatch | undefined> => {
  const letters = letterRows.parse(
    await query(`select ${COLUMNS} from pokepedia_prepare_batch($1, $2, $3, $4)`, [
      redriveId,
      queue,
      limit,
      JSON.stringify(ends),
    ]),
  )
  const [first] = letters
  return first && { redriveId, queue, ends, batch: first.batch, letters }
}

/** Notes that Kafka has every letter of the batch. */
export const noteSent = async (query: Query, { letters }: RedriveBatch): Promise<void> => {
  await query('update pokepedia_dead_letters set sent_at = now() where id = any ($1)', [letters.map(({ id }) => id)])
}

/** Moves on the redrives that have sent all, and those whose letters all have an outcome. */
export const advanceRedrives = async (store: Store): Promise<void> => {
  await store.query('advancing redrives', 'select pokepedia_advance_redrives()')
}
