import { randomUUID } from 'node:crypto'
import { errors } from '@pokepedia/errors'
import { type Consumer, Partitioners } from 'kafkajs'
import type { PartitionRange } from './admin.ts'
import { type KafkaClient, kafkaError } from './kafka.ts'
import { recordOf, type SourceRecord } from './source-record.ts'

/** How long a read may see nothing new before it is given up. */
const SILENCE_MS = 30_000

/** Settles when `end` is called, or with a failure when `alive` is not called for a while. */
const createEnd = (topic: string, silenceMs: number | undefined) => {
  let settle = (_error?: unknown): void => undefined
  const ended = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error))
  })
  const silent = (): void =>
    settle(errors('kafka_unavailable', `nothing more of ${topic} came for ${SILENCE_MS / 1_000} s`))
  const timer = silenceMs === undefined ? undefined : setTimeout(silent, silenceMs)
  return { ended: ended.finally(() => clearTimeout(timer)), end: settle, alive: () => void timer?.refresh() }
}

/** Ends a consumer whose group nobody will use again; a group that stays is only untidy. */
const leaveNoTrace = async ({ kafka, log }: KafkaClient, consumer: Consumer, groupId: string): Promise<void> => {
  const admin = kafka.admin()
  try {
    await consumer.disconnect()
    await admin.connect()
    await admin.deleteGroups([groupId])
  } catch (error) {
    log.debug(
      { event: 'consumer.close_failed', group: groupId, err: error },
      'a group of one read could not be removed',
    )
  } finally {
    await admin.disconnect()
  }
}

export interface ReadOptions {
  /** Ends the reading early. */
  readonly signal?: AbortSignal
  /** Reads on past `end`, until the signal. */
  readonly follow?: boolean
}

/** Past every offset. */
const NO_END = 2n ** 63n

interface Open {
  next: bigint
  readonly end: bigint
}

const openRanges = (ranges: readonly PartitionRange[], forever: boolean): Map<number, Open> =>
  new Map(
    ranges
      .map(({ partition, start, end }): [number, Open] => [
        partition,
        { next: BigInt(start), end: forever ? NO_END : BigInt(end) },
      ])
      .filter(([, { next, end }]) => next < end),
  )

/** Where a group begins after it has joined: at what is wanted, and nowhere else. */
const place = (consumer: Consumer, topic: string, assigned: readonly number[], open: Map<number, Open>): void => {
  for (const partition of assigned) {
    const range = open.get(partition)
    if (range) consumer.seek({ topic, partition, offset: String(range.next) })
    else consumer.pause([{ topic, partitions: [partition] }])
  }
}

/**
 * Reads the records of a topic between two offsets of each given partition: once each, in order within a partition.
 * Other partitions are not read, and nothing is committed. `start` must not lie before the start of the log. The next
 * records wait until `take` is done, which may be a promise. Throws `kafka_unavailable` or `kafka_config`, and what `take` throws.
 */
export const readRecords = async (
  client: KafkaClient,
  topic: string,
  ranges: readonly PartitionRange[],
  take: (record: SourceRecord) => unknown,
  { signal, follow = false }: ReadOptions = {},
): Promise<void> => {
  const open = openRanges(ranges, follow)
  if (open.size === 0 || signal?.aborted) return

  const groupId = `read-${randomUUID()}`
  const consumer = client.kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 100 })
  const { ended, end, alive } = createEnd(topic, follow ? undefined : SILENCE_MS)
  // It may fail while the consumer still joins; it is awaited below.
  ended.catch(() => undefined)
  let refused: { readonly error: unknown } | undefined
  const stop = (): void => end()
  signal?.addEventListener('abort', stop)
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) end(error)
  })
  // After a rebalance, too, reading goes on where it was.
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) =>
    place(consumer, topic, memberAssignment[topic] ?? [], open),
  )
  try {
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { partition, messages } }) => {
        const range = open.get(partition)
        if (!range) return
        alive()
        for (const message of messages) {
          const offset = BigInt(message.offset)
          if (offset < range.next || offset >= range.end || refused || signal?.aborted) continue
          range.next = offset + 1n
          try {
            await take(recordOf(topic, partition, message))
          } catch (error) {
            refused = { error }
            end()
          }
        }
        const last = messages.at(-1)
        if (last && BigInt(last.offset) + 1n >= range.end) {
          open.delete(partition)
          consumer.pause([{ topic, partitions: [partition] }])
        }
        if (open.size === 0) end()
      },
    })
    await ended
  } catch (cause) {
    throw kafkaError(`could not read ${topic}`, cause)
  } finally {
    signal?.removeEventListener('abort', stop)
    await leaveNoTrace(client, consumer, groupId)
  }
  if (refused) throw refused.error
}

const partitioner = Partitioners.DefaultPartitioner()

/** The partition that records of a key are written to, by `openProducer` and by Kafka's own producers (murmur2). */
export const partitionOf = (key: Buffer | string, partitions: number): number =>
  partitioner({
    topic: '',
    partitionMetadata: Array.from({ length: partitions }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 0,
      replicas: [],
      isr: [],
    })),
    message: { key, value: null },
  })
