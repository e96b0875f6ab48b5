import { randomUUID } from 'node:crypto'
import { errors } from '@pokepedia/errors'
import type { Consumer } from 'kafkajs'
import type { PartitionRange } from './admin.ts'
import { type KafkaClient, kafkaError } from './kafka.ts'
import { recordOf, type SourceRecord } from './source-record.ts'

/** How long a read may see nothing new before it is given up. */
const SILENCE_MS = 30_000

/** Settles when `end` is called, or with a failure when `alive` is not called for a while. */
const createEnd = (topic: string) => {
  let settle = (_error?: unknown): void => undefined
  const ended = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error))
  })
  const silent = (): void =>
    settle(errors('kafka_unavailable', `nothing more of ${topic} came for ${SILENCE_MS / 1_000} s`))
  const timer = setTimeout(silent, SILENCE_MS)
  return { ended: ended.finally(() => clearTimeout(timer)), end: settle, alive: () => void timer.refresh() }
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

/**
 * Reads the records of a topic between two offsets of each given partition: once each, in order within a partition.
 * `start` must not lie before the start of the log. Throws `kafka_unavailable` or `kafka_config`.
 */
export const readRecords = async (
  client: KafkaClient,
  topic: string,
  ranges: readonly PartitionRange[],
  take: (record: SourceRecord) => void,
): Promise<void> => {
  const open = new Map<number, { next: bigint; readonly end: bigint }>()
  for (const { partition, start, end } of ranges)
    if (BigInt(start) < BigInt(end)) open.set(partition, { next: BigInt(start), end: BigInt(end) })
  if (open.size === 0) return

  const groupId = `read-${randomUUID()}`
  const consumer = client.kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 100 })
  const { ended, end, alive } = createEnd(topic)
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) end(error)
  })
  // After a rebalance, too, reading goes on where it was.
  consumer.on(consumer.events.GROUP_JOIN, () => {
    for (const [partition, { next }] of open) consumer.seek({ topic, partition, offset: String(next) })
  })
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
          if (offset < range.next || offset >= range.end) continue
          range.next = offset + 1n
          take(recordOf(topic, partition, message))
        }
        const last = messages.at(-1)
        if (last && BigInt(last.offset) + 1n >= range.end) open.delete(partition)
        if (open.size === 0) end()
      },
    })
    await ended
  } catch (cause) {
    throw kafkaError(`could not read ${topic}`, cause)
  } finally {
    await leaveNoTrace(client, consumer, groupId)
  }
}
