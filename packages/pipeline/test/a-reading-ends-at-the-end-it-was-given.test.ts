import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openAdmin, openProducer, partitionOf, readRecords, type SourceRecord } from '../src/index.ts'
import { client, encode, feed, freshQueue, until } from './support.ts'

const queue = await freshQueue([], 3)
const ids = Array.from({ length: 300 }, (_, i) => String(i))
const keyed = ids.map((id) => ({ id, partition: partitionOf(id, 3) }))
const idOf = ({ delivery }: SourceRecord): string => delivery.key ?? ''
await feed(queue, ids)
const admin = await openAdmin(client)
after(() => admin[Symbol.asyncDispose]())

test('every record up to the end is read once, and what comes later is not', async () => {
  const ranges = await admin.ranges(queue.name)
  await feed(queue, ['late'])
  const seen: string[] = []
  await readRecords(client, queue.name, ranges, (record) => void seen.push(idOf(record)))
  assert.deepEqual(seen.toSorted(), ids.toSorted())
})

test('the partition of a key holds all its records, and is read alone', async () => {
  const partition = partitionOf('7', 3)
  const ranges = (await admin.ranges(queue.name)).filter((range) => range.partition === partition)
  const seen: SourceRecord[] = []
  await readRecords(client, queue.name, ranges, (record) => void seen.push(record))
  assert.deepEqual(new Set(seen.map(({ delivery }) => delivery.partition)), new Set([partition]))
  const expected = keyed.filter((record) => record.partition === partition).map(({ id }) => id)
  assert.deepEqual(
    seen.map(idOf).filter((id) => id !== 'late'),
    expected,
  )
  assert.ok(expected.includes('7'))
})

test('a reading that follows goes on past the end until it is aborted', async () => {
  const stop = new AbortController()
  const ranges = (await admin.ranges(queue.name)).map((range) => ({ ...range, start: range.end }))
  const seen: string[] = []
  const reading = readRecords(client, queue.name, ranges, (record) => void seen.push(idOf(record)), {
    signal: stop.signal,
    follow: true,
  })
  await using producer = await openProducer(client)
  await producer.send(queue.name, [{ key: 'new', value: encode('new'), headers: {} }])
  await until(
    'the new record',
    () => seen,
    () => seen.length > 0,
  )
  stop.abort()
  await reading
  assert.deepEqual(seen, ['new'])
})

test('what the taker throws ends the reading and is thrown', async () => {
  let taken = 0
  const refuse = async (): Promise<void> => {
    taken += 1
    throw new Error('enough')
  }
  await assert.rejects(readRecords(client, queue.name, await admin.ranges(queue.name), refuse), /enough/)
  assert.equal(taken, 1)
})

test('a time names where to begin', async () => {
  const now = Date.now()
  const none = await admin.rangesSince(queue.name, now + 3_600_000)
  assert.deepEqual(
    none.map(({ start, end }) => start === end),
    [true, true, true],
  )
  assert.deepEqual(await admin.rangesSince(queue.name, now - 3_600_000), await admin.ranges(queue.name))
})
