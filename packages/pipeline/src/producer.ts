import { setTimeout as delay } from 'node:timers/promises'
import type { Headers } from '@pokepedia/events'
import { CompressionTypes, type Message, Partitioners } from 'kafkajs'
import { type KafkaClient, kafkaError } from './kafka.ts'

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

/** One request to the broker stays below its message.max.bytes of 1 MiB by far. */
const RECORDS_PER_REQUEST = 1_000

/** Whoever closes the producer has waited for what it sent; without brokers the rest would not come to an end. */
const CLOSE_MS = 500

interface Waiting {
  readonly topic: string
  readonly messages: Message[]
  readonly done: (error?: unknown) => void
}

const groupByTopic = (batch: readonly Waiting[]): Map<string, Waiting[]> => {
  const byTopic = new Map<string, Waiting[]>()
  for (const entry of batch) byTopic.set(entry.topic, [...(byTopic.get(entry.topic) ?? []), entry])
  return byTopic
}

/** Connects an idempotent producer (KIP-98): a request that is repeated writes its records once, in order. */
export const openProducer = async ({ kafka }: KafkaClient): Promise<EventProducer> => {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    // Java's murmur2, so that keys land where the console tools and kcat put them.
    createPartitioner: Partitioners.DefaultPartitioner,
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
      const batch = waiting
      waiting = []
      await flushBatch(batch)
    }
    flushing = undefined
  }

  const enqueue = (topic: string, messages: Message[]): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ topic, messages, done: (error) => (error === undefined ? resolve() : reject(error)) })
      flushing ??= flush()
    })

  return {
    async send(topic, records) {
      const messages = records.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } }))
      for (let at = 0; at < messages.length; at += RECORDS_PER_REQUEST)
        await enqueue(topic, messages.slice(at, at + RECORDS_PER_REQUEST))
    },
    async [Symbol.asyncDispose]() {
      const closed = Promise.resolve(flushing).then(() => producer.disconnect())
      await Promise.race([closed, delay(CLOSE_MS, undefined, { ref: false })])
    },
  }
}
