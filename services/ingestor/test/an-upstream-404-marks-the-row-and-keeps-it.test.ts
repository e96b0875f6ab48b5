import assert from 'node:assert/strict'
import { test } from 'node:test'
import { enterRequests } from '@pokepedia/storage'
import { bench, document, newRun, rowOf, runOf } from './support.ts'

test('the row of a resource that is gone stays, marked, and comes back with the resource', async () => {
  const { store, stub, handle } = await bench()
  const berry = document({ id: 1, name: 'cheri' }, '"v1"')
  stub.answers.set('/berry/1/', berry)
  await handle('berry/1')

  stub.answers.set('/berry/1/', { status: 410 })
  const runId = await newRun(store)
  await enterRequests(store, runId, 'pokepedia.ingest', [{ key: 'berry/1', resourceType: 'berry' }])
  assert.equal(await handle('berry/1', { runId }), 'gone')
  const gone = await rowOf(store, 'berry/1')
  assert.deepEqual([gone['status'], gone['data']], ['gone', { id: 1, name: 'cheri' }])
  assert.equal((await runOf(store, runId)).counts['pokepedia.ingest']?.gone, 1)

  stub.answers.set('/berry/1/', berry)
  assert.equal(await handle('berry/1'), 'stored')
  assert.equal((await rowOf(store, 'berry/1'))['status'], 'present')
})

test('a resource that never was is gone without a row', async () => {
  const { store, handle } = await bench()
  assert.equal(await handle('berry/404'), 'gone')
  assert.deepEqual(await store.query('reading', 'select path from pokeapi_resources'), [])
})
