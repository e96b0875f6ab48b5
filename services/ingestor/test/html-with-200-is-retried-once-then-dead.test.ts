import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { ResourceRequested } from '@pokepedia/events'
import { decodeResourceRequested, ingestQueue, parseRetryTiers, topicCatalogue } from '@pokepedia/events'
import { consume, type DeadLetter, openAdmin, openKafka, openProducer } from '@pokepedia/pipeline'
import { createRegistry } from '@pokepedia/service'
import { enterRequests, type OutcomeCounts } from '@pokepedia/storage'
import { settleDead } from '../src/dead.ts'
import { bench, document, log, newRun, runOf, stack } from './support.ts'

const DEADLINE_MS = 20_000

test('HTML with 200 is retried once, then dead; bytes that are no event are dead under their key', async () => {
  const { store, stub, handler } = await bench()
  stub.answers.set('/berry/1/', { body: '<html>Sign in</html>', headers: { 'content-type': 'text/html' } })
  stub.answers.set('/berry/2/', document({ name: 'chesto' }))
  const runId = await newRun(store)
  const keys = ['berry/1', 'berry/2', 'berry/3']
  await enterRequests(
    store,
    runId,
    ingestQueue.name,
    keys.map((key) => ({ key, resourceType: 'berry' })),
  )

  const name = `test.ingest.${process.pid}.${Date.now()}`
  const queue = { name, group: name, partitions: 1 }
  const tiers = parseRetryTiers('50ms,100ms,200ms')
  const client = openKafka({ brokers: [stack.kafka], clientId: 'test' }, log)
  const admin = await openAdmin(client)
  await admin.ensureTopics(topicCatalogue(tiers, [queue]))
  const producer = await openProducer(client)
  const letters: DeadLetter<ResourceRequested>[] = []
  const noAvro = { read: () => Promise.reject(new Error('no Avro here')) }
  const consumer = await consume(queue, handler, {
    client,
    producer,
    decode: decodeResourceRequested(noAvro, stub.root),
    onDead: async (letter) => {
      letters.push(letter)
      await settleDead(store, async () => undefined)(letter)
    },
    tiers,
    concurrency: 4,
    probes: {},
    maxBytes: 1_000_000,
    deadlineMs: 5_000,
    registry: createRegistry('test', { version: '0', revision: 'none' }),
    log,
  })
  after(async () => {
    await consumer[Symbol.asyncDispose]()
    await producer[Symbol.asyncDispose]()
    await admin[Symbol.asyncDispose]()
  })

  const headers = { 'x-run-id': runId }
  const value = (path: string): Buffer => Buffer.from(JSON.stringify({ path, runId }))
  await producer.send(name, [
    { key: 'berry/1', value: value('berry/1'), headers },
    { key: 'berry/2', value: value('berry/2'), headers },
    { key: 'berry/3', value: Buffer.from('{no event'), headers },
  ])

  const countsNow = async (): Promise<OutcomeCounts | undefined> => (await runOf(store, runId)).counts[ingestQueue.name]
  const end = Date.now() + DEADLINE_MS
  while ((await countsNow())?.in_flight !== 0 && Date.now() < end) await delay(50)
  const counts = await countsNow()
  assert.deepEqual([counts?.stored, counts?.dead, counts?.in_flight], [1, 2, 0], JSON.stringify(counts))
  assert.equal(stub.requests.filter(({ path }) => path === '/berry/1/').length, 2)
  assert.deepEqual(letters.map(({ delivery, error }) => [delivery.key, error.code, delivery.attempt]).toSorted(), [
    ['berry/1', 'not_json', 2],
    ['berry/3', 'undecodable', 1],
  ])
})
