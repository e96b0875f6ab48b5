import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { errors } from '@pokepedia/errors'
import { deadLetterTopic, type Queue, topicCatalogue } from '@pokepedia/events'
import { consume, openAdmin, openKafka, openProducer, readRecords, type SourceRecord } from '@pokepedia/pipeline'
import { createLog, Scope } from '@pokepedia/service'
import { listLetters, migrate, openStore, type Store, settleRedriven } from '@pokepedia/storage'
import { Registry } from 'prom-client'
import { z } from 'zod'
import { startIndexing } from '../src/dead-letters/indexing.ts'
import { startRedriving } from '../src/dead-letters/redriving.ts'

const stackFile = process.env['POKEPEDIA_TEST_STACK']
if (!stackFile) throw new Error('POKEPEDIA_TEST_STACK names no stack.json; run `npm test`')
const stack = z.object({ kafka: z.string(), postgres: z.string() }).parse(JSON.parse(readFileSync(stackFile, 'utf8')))

export const log = createLog('test', process.env['LOG_LEVEL'] ?? 'fatal')
export const client = openKafka({ brokers: [stack.kafka], clientId: 'test' }, log)
export const admin = await openAdmin(client)
after(() => admin[Symbol.asyncDispose]())

/** Repeats a question until its answer is accepted; fails with the last answer. */
export const until = async <Answer>(
  what: string,
  ask: () => Answer | Promise<Answer>,
  accept: (answer: Answer) => boolean,
  limitMs = 20_000,
): Promise<Answer> => {
  for (const endMs = Date.now() + limitMs; ; ) {
    const answer = await ask()
    if (accept(answer)) return answer
    if (Date.now() > endMs) assert.fail(`${what} did not come within ${limitMs} ms; last: ${JSON.stringify(answer)}`)
    await delay(25)
  }
}

/** A store on a migrated database of this test's own, dropped at the end of the file. */
export const freshStore = async (): Promise<Store> => {
  const name = `metrics_${randomBytes(6).toString('hex')}`
  const owner = openStore({ url: stack.postgres, poolSize: 1 }, log)
  await owner.query('making a database', `create database ${name}`)
  const url = new URL(stack.postgres)
  url.pathname = `/${name}`
  await migrate(url.href, log)
  const store = openStore({ url: url.href, poolSize: 8 }, log)
  after(async () => {
    await store[Symbol.asyncDispose]()
    await owner.query('dropping a database', `drop database ${name} with (force)`)
    await owner[Symbol.asyncDispose]()
  })
  return store
}

/** A queue of this test's own, with its dead-letter topic. */
export const freshQueue = async (): Promise<Queue> => {
  const name = `test.${process.pid}.${randomBytes(4).toString('hex')}`
  const queue = { name, group: `${name}.group`, partitions: 3 }
  await admin.ensureTopics(topicCatalogue([], [queue]))
  return queue
}

/** Everything that stands in a topic now. */
export const recordsOf = async (topic: string): Promise<SourceRecord[]> => {
  const records: SourceRecord[] = []
  await readRecords(client, topic, await admin.ranges(topic), (record) => records.push(record))
  return records
}

/** A deployment's worth of dead letters: a queue whose events die, an index of them, and a store. */
export interface Cemetery extends AsyncDisposable {
  readonly queue: Queue
  readonly store: Store
  /** Keys of events that die; the others are stored. */
  readonly poison: Set<string>
  /** Starts another sender of redrives. */
  redrive(): AsyncDisposable
}

/** Feeds `count` events that all die, and waits until each has its letter. */
export const startCemetery = async (count: number): Promise<Cemetery> => {
  const scope = new Scope()
  const [queue, store] = await Promise.all([freshQueue(), freshStore()])
  const producer = scope.add(await openProducer(client))
  const keys = Array.from({ length: count }, (_, i) => `key ${i}`)
  const poison = new Set(keys)
  scope.add(
    await consume<string>(
      queue,
      async (key) => {
        if (poison.has(key)) throw errors('image_invalid', 'no image')
        return 'stored'
      },
      {
        client,
        producer,
        decode: async (value) => value?.toString('utf8').slice(1) ?? '',
        onDead: async () => undefined,
        onRedriven: (end) => settleRedriven(store, end),
        probes: {},
        tiers: [],
        concurrency: 16,
        maxBytes: 1_000_000,
        deadlineMs: 10_000,
        registry: new Registry(),
        log,
      },
    ),
  )
  scope.add(await startIndexing({ client, store, queues: [queue], group: `${queue.name}.index`, log }))
  // A byte that is no UTF-8 in front, which a copy that is not byte for byte would lose.
  const bytesOf = (key: string): Buffer => Buffer.concat([Buffer.from([255]), Buffer.from(key)])
  await producer.send(
    queue.name,
    keys.map((key) => ({ key, value: bytesOf(key), headers: { 'x-own': key } })),
  )
  const open = () => listLetters(store, { filter: {}, state: 'open', limit: 500 })
  await until(
    'the letters',
    async () => (await open()).length,
    (letters) => letters === count,
  )
  return {
    queue,
    store,
    poison,
    redrive: () => startRedriving({ client, admin, producer, store, log }),
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  }
}

export const dlqOf = (queue: Queue): Promise<SourceRecord[]> => recordsOf(deadLetterTopic(queue))
