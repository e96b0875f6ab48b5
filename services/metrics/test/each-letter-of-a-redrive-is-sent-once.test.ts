import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HEADER } from '@pokepedia/events'
import { openProducer, type SourceRecord } from '@pokepedia/pipeline'
import { createRedrive, getRedrive, nextRedrive, prepareBatch, type Query, type Redrive } from '@pokepedia/storage'
import { redrivenRecord } from '../src/dead-letters/batch.ts'
import { summaryOf } from '../src/dead-letters/views.ts'
import { admin, type Cemetery, client, dlqOf, recordsOf, startCemetery, until } from './support.ts'

const outcomeOf = ({ store }: Cemetery, id: string): Promise<Redrive | undefined> =>
  until(
    'the end of the redrive',
    () => getRedrive(store, id),
    (redrive) => redrive?.state === 'completed',
  )

/** The keys of what a redrive sent, sorted; a key that was sent twice is there twice. */
const sentBy = (records: readonly SourceRecord[], id: string): (string | null)[] =>
  records.flatMap(({ delivery: { headers, key } }) => (headers[HEADER.redriveId] === id ? [key] : [])).toSorted()

const keysOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `key ${i}`).toSorted()

test('41 letters are sent back, byte for byte: 39 are stored and 2 are dead again', async () => {
  await using cemetery = await startCemetery(41)
  const { queue, store, poison } = cemetery
  poison.clear()
  poison.add('key 7').add('key 8')
  const { id } = await createRedrive(store, { filter: {}, rate: 1_000, maxCount: 3 })
  await using _redriver = cemetery.redrive()
  const redrive = await outcomeOf(cemetery, id)
  assert.equal(redrive && summaryOf(redrive), '41 sent, 39 stored, 2 dead again')

  const records = await recordsOf(queue.name)
  assert.deepEqual(sentBy(records, id), keysOf(41))
  const [first, second] = records.filter(({ delivery }) => delivery.key === 'key 7')
  assert.deepEqual(second?.value, first?.value)
  assert.deepEqual(second?.key, first?.key)
  const { headers, attempt } = second?.delivery ?? assert.fail()
  assert.equal(attempt, 1)
  assert.equal(headers['x-own'], 'key 7')
  assert.equal(headers[HEADER.redriveCount], '1')
  assert.equal(headers[HEADER.deadReason], undefined)

  const letters = (await dlqOf(queue)).filter(({ delivery }) => delivery.key === 'key 7')
  const [before, after] = letters.map(({ delivery }) => delivery.headers)
  assert.equal(letters.length, 2)
  assert.equal(after?.[HEADER.redriveCount], '1')
  assert.equal(after?.[HEADER.originalOffset], before?.[HEADER.originalOffset])
})

test('what a dead sender sent of its batch is not sent again, and the rest is', async () => {
  await using cemetery = await startCemetery(30)
  const { queue, store, poison } = cemetery
  poison.clear()
  const { id } = await createRedrive(store, { filter: {}, rate: 1_000, maxCount: 3 })
  const query: Query = (text, values) => store.query('test', text, values)
  const next = await nextRedrive(query)
  assert.ok(next)
  const ends = Object.fromEntries((await admin.ranges(queue.name)).map(({ partition, end }) => [partition, end]))
  const batch = await prepareBatch(query, { ...next, ends, limit: 20 })
  await using producer = await openProducer(client)
  const sent = batch?.letters.slice(0, 11) ?? []
  await producer.send(
    queue.name,
    sent.map((letter) => redrivenRecord(id, letter)),
  )
  await using _redriver = cemetery.redrive()
  const redrive = await outcomeOf(cemetery, id)
  assert.equal(redrive && summaryOf(redrive), '30 sent, 30 stored')
  assert.deepEqual(sentBy(await recordsOf(queue.name), id), keysOf(30))
})

test('of several senders one works at a time, at the rate that was asked for', async () => {
  await using cemetery = await startCemetery(30)
  const { queue, store, poison } = cemetery
  poison.clear()
  const { id } = await createRedrive(store, { filter: {}, rate: 20, maxCount: 3 })
  await using _one = cemetery.redrive()
  await using _two = cemetery.redrive()
  await using _three = cemetery.redrive()
  await outcomeOf(cemetery, id)
  const records = await recordsOf(queue.name)
  assert.deepEqual(sentBy(records, id), keysOf(30))
  const timesMs = records.flatMap((record) =>
    record.delivery.headers[HEADER.redriveId] === id ? [Number(record.timestamp)] : [],
  )
  const tookMs = Math.max(...timesMs) - Math.min(...timesMs)
  // Three batches of ten, half a second apart.
  assert.ok(tookMs > 900 && tookMs < 2_500, `30 letters took ${tookMs} ms`)
})
