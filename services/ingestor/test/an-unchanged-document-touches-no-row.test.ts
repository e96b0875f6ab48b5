import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bench, document, rowOf } from './support.ts'

const asked = (requests: { headers: Record<string, unknown> }[]): unknown[] =>
  requests.map(({ headers }) => headers['if-none-match'])

test('a 304 touches no row', async () => {
  const { store, stub, handle } = await bench()
  stub.answers.set('/berry/1/', document({ id: 1, name: 'cheri' }, '"v1"'))
  assert.equal(await handle('berry/1'), 'stored')
  const before = await rowOf(store, 'berry/1')
  assert.equal(await handle('berry/1'), 'unchanged')
  assert.deepEqual(await rowOf(store, 'berry/1'), before)
  assert.deepEqual(asked(stub.requests), [undefined, '"v1"'])
})

test('other white space and another validator touch no row; the new validator is sent next', async () => {
  const { store, stub, handle } = await bench()
  stub.answers.set('/berry/1/', { body: '{"id":1,"name":"cheri"}', headers: { etag: '"v1"' } })
  await handle('berry/1')
  const before = await rowOf(store, 'berry/1')
  stub.answers.set('/berry/1/', { body: '\uFEFF{\n  "id": 1,\n  "name": "cheri"\n}\n', headers: { etag: '"v2"' } })
  assert.equal(await handle('berry/1'), 'unchanged')
  assert.equal(await handle('berry/1'), 'unchanged')
  assert.deepEqual(await rowOf(store, 'berry/1'), before)
  assert.deepEqual(asked(stub.requests), [undefined, '"v1"', '"v2"'])
})

test('a forced event sends no validator, and equal content still touches no row', async () => {
  const { store, stub, handle } = await bench()
  stub.answers.set('/berry/1/', document({ id: 1, name: 'cheri' }, '"v1"'))
  await handle('berry/1')
  const before = await rowOf(store, 'berry/1')
  assert.equal(await handle('berry/1', { force: true }), 'unchanged')
  assert.deepEqual(await rowOf(store, 'berry/1'), before)
  assert.deepEqual(asked(stub.requests), [undefined, undefined])
})

test('changed content is stored', async () => {
  const { store, stub, handle } = await bench()
  stub.answers.set('/berry/1/', document({ id: 1, name: 'cheri' }, '"v1"'))
  await handle('berry/1')
  stub.answers.set('/berry/1/', document({ id: 1, name: 'chesto' }, '"v2"'))
  assert.equal(await handle('berry/1'), 'stored')
  assert.equal((await rowOf(store, 'berry/1'))['name'], 'chesto')
})
