import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseRetryTiers, type Queue, retryGroup, topicCatalogue } from '@pokepedia/events'
import { readLag } from '@pokepedia/metrics'
import {
  consume,
  type Handler,
  openAdmin,
  openKafka,
  openProducer,
  openRecordTimes,
  type PartitionLag,
} from '@pokepedia/pipeline'
import { createLog, createRegistry, Scope } from '@pokepedia/service'
import { runKafkaTool } from '@pokepedia/stack'

const stackFile = process.env['POKEPEDIA_TEST_STACK']
if (!stackFile) throw new Error('POKEPEDIA_TEST_STACK names no stack.json; run `npm test`')
const broker = /"kafka":\s*"([^"]+)"/.exec(await readFile(stackFile, 'utf8'))?.[1] ?? ''
const downloads = fileURLToPath(new URL('../../../.local/downloads', import.meta.url))

const log = createLog('test', 'fatal')
const client = openKafka({ brokers: [broker], clientId: 'lag-test' }, log)
const tiers = parseRetryTiers('1h')
const name = `test.lag.${process.pid}.${Date.now()}`
const queue: Queue = { name, group: `${name}.group`, partitions: 3 }
const groups = [queue.group, retryGroup(queue)]

/** Partition 0 stops after three records, 1 is read to its end, of 2 nothing is ever finished. */
const handler =
  (released: Promise<void>): Handler<string> =>
  async (_event, { delivery }) => {
    const { partition, offset } = delivery
    if (partition === 2 || (partition === 0 && Number(offset) >= 3)) await released
    return 'stored'
  }

/** A row of `kafka-consumer-groups --describe`, `-` as −1. */
const cells = ({ group, topic, partition, currentOffset, endOffset, lag }: PartitionLag): string =>
  [group, topic, partition, currentOffset, endOffset, lag].join(' ')

const printedByKafka = async (): Promise<string[]> => {
  const args = ['--bootstrap-server', broker, '--describe', ...groups.flatMap((group) => ['--group', group])]
  const { status, stdout, stderr } = await runKafkaTool({ downloads, tool: 'kafka-consumer-groups', args, input: '' })
  assert.equal(status, 0, stderr)
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/).slice(0, 6))
  return rows
    .filter(([group]) => groups.includes(group ?? ''))
    .map((row) => row.map((cell) => (cell === '-' ? '-1' : cell)).join(' '))
    .sort()
}

test('lag, offsets and members are what kafka-consumer-groups prints, cell by cell', async () => {
  await using scope = new Scope()
  const admin = scope.add(await openAdmin(client))
  await admin.ensureTopics(topicCatalogue(tiers, [queue]))
  const producer = scope.add(await openProducer(client))
  const keys = Array.from({ length: 60 }, (_, at) => `key-${at}`)
  await producer.send(
    name,
    keys.map((key) => ({ key, value: Buffer.from(key), headers: {} })),
  )

  let release = (): void => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  scope.add(
    await consume(queue, handler(released), {
      client,
      producer,
      decode: async (value) => String(value),
      onDead: async () => undefined,
      tiers,
      concurrency: keys.length,
      probes: {},
      maxBytes: 1_000_000_000,
      deadlineMs: 60_000,
      registry: createRegistry('test', { version: '0', revision: 'none' }),
      log,
    }),
  )
  scope.defer(release)

  const isSettled = (rows: readonly PartitionLag[]): boolean =>
    rows.some(({ partition, currentOffset }) => partition === 0 && currentOffset === 3) &&
    rows.some(({ partition, lag }) => partition === 1 && lag === 0)
  const deadline = Date.now() + 20_000
  const catalogue = topicCatalogue(tiers, [queue])
  const times = scope.add(
    openRecordTimes(
      client,
      catalogue.map((topic) => topic.name),
    ),
  )
  const sources = { admin, times, queues: [queue], tiers }
  let ours = await readLag(sources)
  while (!isSettled(ours.partitions)) {
    assert.ok(Date.now() < deadline, `not settled:\n${ours.partitions.map(cells).join('\n')}`)
    await wait(50)
    ours = await readLag(sources)
  }

  assert.equal(
    ours.partitions.filter(({ lag }) => lag === -1).length,
    4,
    'partition 2 and the three of the retry topic',
  )
  assert.deepEqual(ours.partitions.map(cells).sort(), await printedByKafka())
  assert.deepEqual(
    ours.groups.map(({ members }) => members),
    [1, 1],
  )
  const [depth] = ours.depths
  const unread = ours.partitions.filter(({ topic }) => topic === name)
  const expected = unread.reduce((sum, { endOffset, currentOffset }) => sum + endOffset - Math.max(0, currentOffset), 0)
  assert.deepEqual([depth?.ready, depth?.delayed, depth?.messages], [expected, 0, keys.length])
})
