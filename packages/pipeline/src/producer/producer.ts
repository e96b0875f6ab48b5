import { setTimeout as delay } from 'node:timers/promises'
import type { Headers } from '@pokepedia/events'
import { CompressionTypes, type Message } from 'kafkajs'
import { type KafkaClient, kafkaError } from '../client/kafka.ts'
import { chunksOf } from './chunks.ts'
import { partitioner } from './partitioner.ts'
import { createProduceMetrics, type ProduceCounting } from './produce-metrics.ts'

/** A record to write; `key` null lets the partitioner choose. */
export interface OutgoingRecord {
  readonly key: Buffer | string | null
  readonly value: Buffer | null
  readonly headers: Headers
}

export interface EventProducer extends AsyncDisposable {
  /** Resolves when all in-sync replicas have the records (acks=all); throws `kafka_unavailable` or `kafka_config`. */
  send(topic: string, records: readonly OutgoingRecord[]): Promise<void>
}

/**
 * One request to the broker stays below its message.max.bytes of 1 MiB, since all its records for a partition are one
 * batch; a record that is larger travels alone.
 */
const BYTES_PER_REQUEST = 512 * 1024
const RECORDS_PER_REQUEST = 1_000

/** Whoever closes the producer has waited for what it sent; without brokers the rest would not come to an end. */
const CLOSE_MS = 500

interface Sized {
  readonly message: Message
  readonly bytes: number
}

interface Waiting {
  readonly topic: string
  readonly messages: readonly Message[]
  readonly bytes: number
  readonly done: (error?: unknown) => void
}

const sizedOf = ({ key, value, headers }: OutgoingRecord): Sized => {
  const parts = [key ?? '', value ?? '', ...Object.entries(headers).flat()]
  const bytes = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0)
  return { message: { key, value, headers: { ...headers } }, bytes }
}

const groupByTopic = (batch: readonly Waiting[]): Map<string, Waiting[]> => {
  const byTopic = new Map<string, Waiting[]>()
  for (const entry of batch) byTopic.set(entry.topic, [...(byTopic.get(entry.topic) ?? []), entry])
  return byTopic
}

/** Connects an idempotent producer (KIP-98): a request that is repeated writes its records once, in order. */
export const openProducer = async ({ kafka }: KafkaClient, counting?: ProduceCounting): Promise<EventProducer> => {
  const { measured } = createProduceMetrics(counting)
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: partitioner,
  })
  await producer.connect().catch((cause: unknown) => {
    throw kafkaError('the producer could not connect', cause)
  })

  let waiting: Waiting[] = []
  let flushing: Promise<void> | undefined

  const flushBatch = async (batch: readonly Waiting[]): Promise<void> => {
    const byTopic = groupByTopic(batch)
    const topicMessages = [...byTopic].map(([topic, entries]) => ({
      topic,
      messages: entries.flatMap((entry) => entry.messages),
    }))
    try {
      await producer.sendBatch({ topicMessages, acks: -1, compression: CompressionTypes.None })
      for (const entry of batch) entry.done()
    } catch (cause) {
      for (const entry of batch) entry.done(kafkaError(`could not write to ${entry.topic}`, cause))
    }
  }

  // Idempotence allows one request in flight; what arrives meanwhile leaves together in the next one.
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const taken = waiting
      waiting = []
      for (const batch of chunksOf(taken, RECORDS_PER_REQUEST, BYTES_PER_REQUEST)) await flushBatch(batch)
    }
    flushing = undefined
  }

  const enqueue = (topic: string, records: readonly Sized[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const messages = records.map(({ message }) => message)
      const bytes = records.reduce((sum, record) => sum + record.bytes, 0)
      waiting.push({ topic, messages, bytes, done: (error) => (error === undefined ? resolve() : reject(error)) })
      flushing ??= flush()
    })

  return {
    async send(topic, records) {
      for (const chunk of chunksOf(records.map(sizedOf), RECORDS_PER_REQUEST, BYTES_PER_REQUEST))
        await measured(topic, chunk.length, () => enqueue(topic, chunk))
    },
    async [Symbol.asyncDispose]() {
      const closed = Promise.resolve(flushing).then(() => producer.disconnect())
      await Promise.race([closed, delay(CLOSE_MS, undefined, { ref: false })])
    },
  }
}
