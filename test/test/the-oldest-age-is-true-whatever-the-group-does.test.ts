import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseRetryTiers, type Queue, retryTopic, topicCatalogue } from '@pokepedia/events'
import { type LagSnapshot, readLag } from '@pokepedia/metrics'
import { consume, openAdmin, openKafka, openProducer, openRecordTimes, type RunningConsumer } from '@pokepedia/pipeline'
import { createLog, createRegistry } from '@pokepedia/service'
import { runKafkaTool } from '@pokepedia/stack'

const stackFile = process.env['POKEPEDIA_TEST_STACK']
if (!stackFile) throw new Error('POKEPEDIA_TEST_STACK names no stack.json; run `npm test`')
const broker = /"kafka":\s*"([^"]+)"/.exec(await readFile(stackFile, 'utf8'))?.[1] ?? ''
const downloads = fileURLToPath(new URL('../../../.local/downloads', import.meta.url))

const log = createLog('test', 'fatal')
const client = openKafka({ brokers: [broker], clientId: 'age-test' }, log)
const tiers = parseRetryTiers('1h')
const name = `test.age.${process.pid}.${Date.now()}`
const queue: Queue = { name, group: `${name}.group`, partitions: 1 }
const catalogue = topicCatalogue(tiers, [queue])

const admin = await openAdmin(client)
await admin.ensureTopics(catalogue)
const producer = await openProducer(client)
const times = openRecordTimes(
  client,
  catalogue.map((topic) => topic.name),
)
const scratch = await mkdtemp(join(tmpdir(), 'pokepedia-age-'))
after(async () => {
  await times[Symbol.asyncDispose]()
  await producer[Symbol.asyncDispose]()
  await admin[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true })
})

/** When each record was produced, by this test's own clock. */
const producedAt: number[] = []
const produce = async (): Promise<void> => {
  producedAt.push(Date.now())
  await producer.send(name, [{ key: null, value: Buffer.from(`${producedAt.length}`), headers: {} }])
}
const measure = (): Promise<LagSnapshot> => readLag({ admin, times, queues: [queue], tiers })
const depthNow = async () => (await measure()).depths[0]

/** The oldest record is the one of this number, and its age is right to a second. */
const assertOldest = async (number: number, why: string): Promise<void> => {
  const depth = await depthNow()
  const offMs = (depth?.oldestAt?.getTime() ?? 0) - (producedAt[number] ?? 0)
  assert.ok(Math.abs(offMs) < 1_000, `${why}: off by ${offMs} ms; ${JSON.stringify(depth)}`)
  assert.deepEqual(depth?.oldestReadyAt, depth?.oldestAt)
}

const startConsumer = (stopsAt: number): Promise<RunningConsumer> =>
  consume<number>(
    queue,
    async (number) => {
      if (number > stopsAt) await new Promise(() => undefined)
      return 'stored'
    },
    {
      client,
      producer,
      decode: async (value) => Number(value),
      onDead: async () => undefined,
      tiers,
      concurrency: 1,
      probes: {},
      maxBytes: 1_000_000,
      deadlineMs: 3_600_000,
      registry: createRegistry('test', { version: '0', revision: 'none' }),
      log,
    },
  )

test('an empty topic has no oldest record', async () => {
  const depth = await depthNow()
  assert.deepEqual([depth?.ready, depth?.oldestAt, depth?.oldestReadyAt, depth?.newestAt], [0, null, null, null])
})

test('for a group that never committed the first record is the oldest, and grows old', async () => {
  for (let i = 0; i < 6; i++) {
    await produce()
    await wait(1_100)
  }
  await assertOldest(0, 'never committed')
  const depth = await depthNow()
  assert.equal(depth?.ready, 6)
  const offMs = (depth?.newestAt?.getTime() ?? 0) - (producedAt[5] ?? 0)
  assert.ok(Math.abs(offMs) < 1_000, `the newest is off by ${offMs} ms`)
})

test('after a truncation the first record that is left is the oldest', async () => {
  const file = join(scratch, 'offsets.json')
  await writeFile(file, JSON.stringify({ version: 1, partitions: [{ topic: name, partition: 0, offset: 2 }] }))
  const args = ['--bootstrap-server', broker, '--offset-json-file', file]
  const { status, stderr } = await runKafkaTool({ downloads, tool: 'kafka-delete-records', args, input: '' })
  assert.equal(status, 0, stderr)
  await assertOldest(2, 'truncated')
  assert.equal((await depthNow())?.ready, 4)
})

test('where consumption stands still the record it stands at is the oldest', async () => {
  const consumer = await startConsumer(4)
  try {
    for (const end = Date.now() + 20_000; (await depthNow())?.ready !== 2; await wait(50))
      assert.ok(Date.now() < end, JSON.stringify(await depthNow()))
    await assertOldest(4, 'stands still')
    await produce()
    await assertOldest(4, 'more came')
  } finally {
    await consumer[Symbol.asyncDispose]()
  }
})

test('a retry that is not due is delayed and no ready record, and it is told when it is due', async () => {
  await producer.send(retryTopic(queue, { label: '1h', delayMs: 3_600_000 }), [
    { key: null, value: Buffer.from('x'), headers: {} },
  ])
  const sentAt = Date.now()
  const { depths, tiers: found } = await measure()
  assert.equal(depths[0]?.delayed, 1)
  const offMs = (depths[0]?.oldestReadyAt?.getTime() ?? 0) - (producedAt[4] ?? 0)
  assert.ok(Math.abs(offMs) < 1_000, 'the oldest ready one stands on the main topic')
  const [tier] = found
  assert.deepEqual([tier?.tier, tier?.ready, tier?.delayed], ['1h', 0, 1])
  assert.ok(Math.abs((tier?.nextDueAt?.getTime() ?? 0) - sentAt - 3_600_000) < 1_000)
})
