import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countOf, freshDatabase, freshUpstream, runIdOf, startSeeder } from './support.ts'

const { url, store } = await freshDatabase()
const upstream = await freshUpstream()
const seeder = await startSeeder(url, upstream.url)

test('the same key with the same request makes one run, however often and in whatever order it is written', async () => {
  const key = { 'idempotency-key': 'nightly-1' }
  const bodies = [
    { types: ['berry', 'type'], limit: 3 },
    { limit: 3, types: ['type', 'berry'], force: false },
  ]
  const responses = await Promise.all(Array.from({ length: 20 }, (_, i) => seeder.seed(bodies[i % 2], key)))
  const locations = new Set(responses.map((response) => response.headers.get('location')))
  const replayed = responses.filter((response) => response.headers.get('idempotency-replayed') === 'true')
  const ids = new Set(await Promise.all(responses.map(runIdOf)))
  assert.equal(ids.size, 1)
  assert.deepEqual(
    [...locations],
    [...ids].map((id) => `/v1/runs/${id}`),
  )
  assert.equal(replayed.length, 19)
  assert.equal(await countOf(store, 'pokepedia_runs'), 1)
})

test('the same key with another request is a conflict and makes no run', async () => {
  const response = await seeder.seed({ types: ['berry'] }, { 'idempotency-key': 'nightly-1' })
  assert.equal(response.status, 409)
  assert.equal(await countOf(store, 'pokepedia_runs'), 1)
})

test('requests without a key make a run each', async () => {
  const ids = await Promise.all([1, 2, 3].map(async () => runIdOf(await seeder.seed({ paths: ['berry/1'] }))))
  assert.equal(new Set(ids).size, 3)
})
