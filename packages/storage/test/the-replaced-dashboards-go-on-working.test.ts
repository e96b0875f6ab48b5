import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queueHistory, saveQueueSnapshots } from '../src/index.ts'
import { freshStore } from './support.ts'

const PGMQ_COLUMNS = [
  'queue_name',
  'queue_length',
  'newest_msg_age_sec',
  'oldest_msg_age_sec',
  'total_messages',
  'scrape_time',
  'queue_visible_length',
]
const none = { blocked: 0, oldestAt: null, oldestReadyAt: null, newestAt: null }
const stats = async () => store.query('stats', 'select * from get_pokepedia_queue_stats()')
const store = await freshStore()
const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1_000)

test('before the first measurement there are no queues', async () => {
  assert.deepEqual(await stats(), [])
  assert.deepEqual(await queueHistory(store, 60), new Map())
})

test('a queue has the seven columns of pgmq, with no age when it is empty', async () => {
  const at = new Date()
  await saveQueueSnapshots(store, at, [{ queue: 'q', ready: 0, delayed: 0, ...none, messages: 12 }])
  assert.deepEqual(await stats(), [
    {
      queue_name: 'q',
      queue_length: '0',
      newest_msg_age_sec: null,
      oldest_msg_age_sec: null,
      total_messages: '12',
      scrape_time: at,
      queue_visible_length: '0',
    },
  ])
})

test('length is all that waits, visible length what may be taken now, and ages are those of now', async () => {
  const times = { blocked: 5, oldestAt: ago(100), oldestReadyAt: ago(50), newestAt: ago(10) }
  await saveQueueSnapshots(store, new Date(), [{ queue: 'q', ready: 3, delayed: 4, ...times, messages: 20 }])
  const [row] = await store.query(
    'stats',
    `select queue_length::int as length, queue_visible_length::int as visible, oldest_msg_age_sec as oldest,
       newest_msg_age_sec as newest from get_pokepedia_queue_stats()`,
  )
  assert.deepEqual(row, { length: 12, visible: 3, oldest: 100, newest: 10 })
  const columns = await store.query('stats', 'select * from get_pokepedia_queue_stats()')
  assert.deepEqual(Object.keys(Object(columns[0])), PGMQ_COLUMNS)
})

test('the history has one point for each half minute, and nothing of over an hour ago', async () => {
  for (const seconds of [4_000, 3_000, 1_800, 1_799, 60])
    await saveQueueSnapshots(store, ago(seconds), [{ queue: 'h', ready: seconds, delayed: 0, ...none, messages: 0 }])
  await saveQueueSnapshots(store, new Date(), [{ queue: 'h', ready: 1, delayed: 0, ...none, messages: 0 }])
  const points = (await queueHistory(store, 60)).get('h') ?? []
  assert.deepEqual(
    points.map(({ ready }) => ready).filter((ready) => ready !== 1_800),
    [3_000, 1_799, 60, 1],
  )
  const kept = await store.query('kept', 'select count(*)::int as n from pokepedia_queue_snapshots where ready = 4000')
  assert.deepEqual(kept, [{ n: 0 }])
})
