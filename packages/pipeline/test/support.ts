import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { errors } from '@pokepedia/errors'
import {
  deadLetterTopic,
  type Headers,
  type Queue,
  type RetryTier,
  retryTopic,
  topicCatalogue,
} from '@pokepedia/events'
import { createLog } from '@pokepedia/service'
import { Registry } from 'prom-client'
import {
  consume,
  type Outcome,
  openAdmin,
  openKafka,
  openProducer,
  type Probes,
  type RunningConsumer,
} from '../src/index.ts'
import type { HandlerContext } from '../src/types.ts'

/** The events of these tests: `{"id":"7"}`. */
export interface Numbered {
  readonly id: string
}

export const decode = async (value: Buffer | null): Promise<Numbered> => {
  const text = value?.toString('utf8') ?? ''
  if (!/^\{"id":"[^"]*"\}$/.test(text)) throw errors('undecodable', `no event: ${text.slice(0, 40)}`)
  return { id: text.slice(7, -2) }
}
export const encode = (id: string): Buffer => Buffer.from(JSON.stringify({ id }))

const stackFile = process.env['POKEPEDIA_TEST_STACK']
if (!stackFile) throw new Error('POKEPEDIA_TEST_STACK names no stack.json; run `npm test`')
const broker = /"kafka":\s*"([^"]+)"/.exec(readFileSync(stackFile, 'utf8'))?.[1] ?? ''
export const log = createLog('test', process.env['LOG_LEVEL'] ?? 'fatal')
export const client = openKafka({ brokers: [broker], clientId: 'test' }, log)

/** Waits for a condition; fails with what was seen last. */
export const until = async (what: string, seen: () => unknown, ok: () => boolean, limitMs = 20_000): Promise<void> => {
  const end = Date.now() + limitMs
  while (!ok()) {
    if (Date.now() > end) throw new Error(`${what} did not come within ${limitMs} ms; seen: ${JSON.stringify(seen())}`)
    await delay(20)
  }
}

let queues = 0
/** A queue of its own with its topics made. */
export const freshQueue = async (tiers: readonly RetryTier[], partitions = 2): Promise<Queue> => {
  const name = `test.${process.pid}.${Date.now()}.${++queues}`
  const queue = { name, group: `${name}.group`, partitions }
  await using admin = await openAdmin(client)
  await admin.ensureTopics(topicCatalogue(tiers, [queue]))
  return queue
}

export interface Copy {
  readonly key: string | null
  readonly value: Buffer | null
  readonly headers: Headers
}

/** Everything that stands in a topic now. */
export const contentsOf = async (topic: string): Promise<Copy[]> => {
  const admin = client.kafka.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  const expected = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
  const copies: Copy[] = []
  const consumer = client.kafka.consumer({ groupId: `reader.${topic}.${Math.random()}`, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)])
      copies.push({ key: message.key?.toString() ?? null, value: message.value, headers: Object.fromEntries(headers) })
    },
  })
  await until(
    `${expected} records of ${topic}`,
    () => copies.length,
    () => copies.length >= expected,
  )
  await consumer.disconnect()
  return copies
}

export const deadLetters = (queue: Queue): Promise<Copy[]> => contentsOf(deadLetterTopic(queue))
export const retries = async (queue: Queue, tiers: readonly RetryTier[]): Promise<Copy[]> =>
  (await Promise.all(tiers.map((tier) => contentsOf(retryTopic(queue, tier))))).flat()

export interface StartOptions {
  readonly tiers: readonly RetryTier[]
  readonly handler: (event: Numbered, context: HandlerContext) => Promise<Outcome>
  readonly probes?: Probes
  readonly onDead?: () => Promise<void>
  readonly concurrency?: number
  readonly deadlineMs?: number
  readonly registry?: Registry
  /** Instead of this file's own. */
  readonly decode?: typeof decode
}

/** Starts a consumer of the queue with a producer of its own. */
export const start = async (queue: Queue, options: StartOptions): Promise<RunningConsumer> => {
  const producer = await openProducer(client)
  const consumer = await consume(queue, options.handler, {
    client,
    producer,
    decode: options.decode ?? decode,
    onDead: options.onDead ?? (async () => undefined),
    probes: options.probes ?? {},
    tiers: options.tiers,
    concurrency: options.concurrency ?? 16,
    maxBytes: 64 * 1024 * 1024,
    deadlineMs: options.deadlineMs ?? 10_000,
    registry: options.registry ?? new Registry(),
    log,
  })
  return {
    ...consumer,
    async [Symbol.asyncDispose]() {
      await consumer[Symbol.asyncDispose]()
      await producer[Symbol.asyncDispose]()
    },
  }
}

/** Writes events with equal ids as keys. */
export const feed = async (queue: Queue, ids: readonly string[]): Promise<void> => {
  await using producer = await openProducer(client)
  await producer.send(
    queue.name,
    ids.map((id) => ({ key: id, value: encode(id), headers: {} })),
  )
}

/** Unread records of the queue's groups. */
export const lagOf = async (queue: Queue, tiers: readonly RetryTier[]): Promise<number> => {
  await using admin = await openAdmin(client)
  const rows = await admin.lag([
    { group: queue.group, topics: [queue.name] },
    { group: `${queue.group}.retry`, topics: tiers.map((tier) => retryTopic(queue, tier)) },
  ])
  return rows.reduce((sum, row) => sum + (row.lag < 0 ? row.endOffset : row.lag), 0)
}
