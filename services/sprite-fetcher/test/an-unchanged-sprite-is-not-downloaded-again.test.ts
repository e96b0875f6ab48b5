import assert from 'node:assert/strict'
import { test } from 'node:test'
import { png } from './media.ts'
import { assetsIn, bench, newRun, objects } from './support.ts'

const HOUR_MS = 3_600_000

test('a file that was checked of late is not asked for at all', async () => {
  const { stub, handle } = await bench(HOUR_MS)
  stub.answers.set('/25.png', { body: png(1, 1), headers: { etag: '"1"' } })
  assert.equal(await handle('25.png'), 'stored')
  assert.equal(await handle('25.png'), 'unchanged')
  assert.equal(stub.requests.length, 1)
})

test('an older file is asked for with its validator; a 304 confirms it', async () => {
  const { store, stub, handle } = await bench()
  stub.answers.set('/25.png', { body: png(1, 1), headers: { etag: '"1"' } })
  await handle('25.png')
  const [before] = await assetsIn(store)
  assert.equal(await handle('25.png'), 'unchanged')
  const [after] = await assetsIn(store)
  assert.equal(stub.requests[1]?.headers['if-none-match'], '"1"')
  assert.ok(before && after && after.checked_at > before.checked_at)
})

test('equal bytes from a host without validators are not stored again', async () => {
  const { store, stub, handle } = await bench()
  stub.answers.set('/25.png', { body: png(1, 1) })
  await handle('25.png')
  const [asset] = await assetsIn(store)
  await objects.put(asset?.object_key ?? '', Buffer.from('marked'), 'image/png')
  assert.equal(await handle('25.png'), 'unchanged')
  assert.equal(String(await objects.get(asset?.object_key ?? '')), 'marked')
})

test('other bytes are stored, under the same key', async () => {
  const { store, stub, handle } = await bench()
  stub.answers.set('/25.png', { body: png(1, 1), headers: { etag: '"1"' } })
  await handle('25.png')
  stub.answers.set('/25.png', { body: png(2, 2), headers: { etag: '"2"' } })
  assert.equal(await handle('25.png'), 'stored')
  const [asset, ...more] = await assetsIn(store)
  assert.deepEqual(await objects.get(asset?.object_key ?? ''), png(2, 2))
  assert.deepEqual(more, [])
})

test('a forced run asks without validator and mends an object that was lost', async () => {
  const { store, stub, handle } = await bench(HOUR_MS)
  stub.answers.set('/25.png', { body: png(1, 1), headers: { etag: '"1"' } })
  await handle('25.png')
  const [asset] = await assetsIn(store)
  await objects.put(asset?.object_key ?? '', Buffer.from('lost'), 'image/png')
  assert.equal(await handle('25.png', await newRun(store, true)), 'unchanged')
  assert.equal(stub.requests[1]?.headers['if-none-match'], undefined)
  assert.deepEqual(await objects.get(asset?.object_key ?? ''), png(1, 1))
})
