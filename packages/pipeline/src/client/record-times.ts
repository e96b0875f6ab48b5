import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Consumer, EachBatchPayload } from 'kafkajs'
import { type KafkaClient, kafkaError } from './kafka.ts'

/** A place in a log that holds a record. */
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** Reads records' timestamps from the log itself. */
export interface RecordTimes extends AsyncDisposable {
  /**
   * The timestamps (epoch ms) of the records at these places, in their order; where compaction or retention has removed
   * the record, that of the next one. Undefined where it could not be read within 2 s. A place that was asked for in
   * one of the last two calls costs nothing. Throws `kafka_unavailable` or `kafka_config`.
   */
  at(places: readonly RecordPlace[]): Promise<(number | undefined)[]>
}

const ANSWER_MS = 2_000
const JOIN_MS = 10_000
/** A batch that is larger is sent alone, in a round of its own (KIP-74), so this is more than most are. */
const PARTITION_BYTES = 32_768

const partitionKey = ({ topic, partition }: Omit<RecordPlace, 'offset'>): string => `${topic}/${partition}`
const placeKey = (place: RecordPlace): string => `${partitionKey(place)}/${place.offset}`

interface Peek {
  readonly offset: number
  readonly found: (time: number) => void
}

/** A consumer that stands still on all partitions, but for the places it is asked to look at. */
const openPeeker = async ({ kafka, log }: KafkaClient, topics: readonly string[]) => {
  const groupId = `record-times-${randomUUID()}`
  const consumer: Consumer = kafka.consumer({
    groupId,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 50,
    maxBytesPerPartition: PARTITION_BYTES,
  })
  const wanted = new Map<string, Peek>()
  const assigned = new Set<string>()
  const state = { crashed: false }

  const look = ({ batch: { topic, partition, messages } }: EachBatchPayload): void => {
    const key = partitionKey({ topic, partition })
    const peek = wanted.get(key)
    const record = peek && messages.find(({ offset }) => Number(offset) >= peek.offset)
    if (peek && !record) return
    consumer.pause([{ topic, partitions: [partition] }])
    if (!peek || !record) return
    wanted.delete(key)
    peek.found(Number(record.timestamp))
  }
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) state.crashed = true
  })
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    assigned.clear()
    for (const [topic, partitions] of Object.entries(memberAssignment)) {
      for (const partition of partitions) assigned.add(partitionKey({ topic, partition }))
      consumer.pause([{ topic, partitions }])
    }
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [...topics], fromBeginning: true })
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async (payload) => look(payload) })
  for (const end = Date.now() + JOIN_MS; assigned.size === 0 && !state.crashed && Date.now() < end; ) await delay(20)

  return {
    get crashed() {
      return state.crashed
    },
    /** One record of each partition at most. */
    peek(places: readonly RecordPlace[], found: (place: RecordPlace, time: number) => void): Promise<void> {
      return new Promise((resolve) => {
        let missing = 0
        const timer = setTimeout(() => {
          for (const place of places) if (wanted.delete(partitionKey(place))) consumer.pause([pauseOf(place)])
          resolve()
        }, ANSWER_MS)
        for (const place of places) {
          if (!assigned.has(partitionKey(place))) continue
          missing += 1
          const { topic, partition, offset } = place
          wanted.set(partitionKey(place), {
            offset,
            found: (time) => {
              found(place, time)
              missing -= 1
              if (missing === 0) end()
            },
          })
          consumer.seek({ topic, partition, offset: String(offset) })
          consumer.resume([pauseOf(place)])
        }
        const end = (): void => {
          clearTimeout(timer)
          resolve()
        }
        if (missing === 0) end()
      })
    },
    async close(): Promise<void> {
      const admin = kafka.admin()
      try {
        await consumer.disconnect()
        await admin.connect()
        await admin.deleteGroups([groupId])
      } catch (error) {
        // Kafka removes a group without members and commits by itself.
        log.debug({ event: 'consumer.close_failed', group: groupId, err: error }, 'a group could not be removed')
      } finally {
        await admin.disconnect()
      }
    },
  }
}

const pauseOf = ({ topic, partition }: RecordPlace) => ({ topic, partitions: [partition] })

/** Opens a reader of timestamps on these topics, which must exist. It joins a group of its own and commits nothing. */
export const openRecordTimes = (client: KafkaClient, topics: readonly string[]): RecordTimes => {
  let peeker: Awaited<ReturnType<typeof openPeeker>> | undefined
  // Of the last call, and of the one before it.
  let [known, older] = [new Map<string, number>(), new Map<string, number>()]

  const peekerNow = async () => {
    if (peeker && !peeker.crashed) return peeker
    await peeker?.close()
    peeker = await openPeeker(client, topics)
    return peeker
  }

  return {
    async at(places) {
      const times = new Map<string, number>()
      const unknown: RecordPlace[] = []
      for (const place of places) {
        const time = known.get(placeKey(place)) ?? older.get(placeKey(place))
        if (time === undefined) unknown.push(place)
        else times.set(placeKey(place), time)
      }
      try {
        if (unknown.length > 0)
          await (await peekerNow()).peek(unknown, (place, time) => times.set(placeKey(place), time))
      } catch (cause) {
        throw kafkaError('could not read the times of records', cause)
      }
      older = known
      known = times
      return places.map((place) => times.get(placeKey(place)))
    },
    async [Symbol.asyncDispose]() {
      await peeker?.close()
    },
  }
}
