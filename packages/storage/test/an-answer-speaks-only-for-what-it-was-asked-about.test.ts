import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AssetToSave, markAssetGone, markGone, type Saved } from '../src/index.ts'
import {
  confirmAsset,
  confirmUnchanged,
  findAsset,
  freshStore,
  path,
  resource,
  resourceValidators,
  saveAsset,
  saveResource,
} from './support.ts'

const store = await freshStore()
const confirm = (at: string, etag: string, checkedAt: number, contentHash: string): Promise<Saved> =>
  confirmUnchanged(store, {
    runId: null,
    path: path(at),
    resourceType: 'type',
    checkedAt: new Date(checkedAt),
    etag,
    contentHash,
    requestKinds: [],
  })

test('a 304 about an earlier document confirms nothing', async () => {
  const at = path('type/1')
  await saveResource(store, resource({ path: at, etag: '"new"', contentHash: 'new', fetchedAt: new Date(1_000) }))
  await assert.rejects(confirm(at, '"old"', 2_000, 'old'), { code: 'pg_conflict' })
  await assert.rejects(confirm('type/404', '"old"', 2_000, 'old'), { code: 'pg_conflict' })
  assert.deepEqual(await resourceValidators(store, at), { etag: '"new"', contentHash: 'new' })
})

test('equal content with another validator is confirmed, and asked for by that validator from then on', async () => {
  const at = path('type/3')
  await saveResource(store, resource({ path: at, etag: '"1"', contentHash: 'h', fetchedAt: new Date(1_000) }))
  assert.equal((await confirm(at, '"2"', 2_000, 'h')).outcome, 'unchanged')
  assert.deepEqual(await resourceValidators(store, at), { etag: '"2"', contentHash: 'h' })
})

test('a 304 brings back what an earlier 404 had marked gone', async () => {
  const at = path('type/2')
  await saveResource(store, resource({ path: at, etag: '"1"', fetchedAt: new Date(1_000) }))
  await markGone(store, { runId: null, path: at, at: new Date(2_000) })
  assert.equal((await confirm(at, '"1"', 3_000, 'h1')).outcome, 'stored')
  assert.equal((await resourceValidators(store, at))?.etag, '"1"')
})

const url = 'http://h.test/25.png'
const asset = (changes: Partial<AssetToSave> = {}): AssetToSave => ({
  runId: null,
  url,
  bucket: 'sprites',
  objectKey: 'h.test/25.png',
  contentType: 'image/png',
  bytes: 5,
  sha256: 'a',
  etag: null,
  width: 1,
  height: 1,
  fetchedAt: new Date(2_000),
  traceparent: null,
  ...changes,
})

test('a late answer about a media file changes nothing, a newer one does', async () => {
  await assert.rejects(confirmAsset(store, { runId: null, url, checkedAt: new Date(1_000) }), {
    code: 'unexpected_304',
  })
  assert.equal(await saveAsset(store, asset()), 'stored')
  const late = new Date(1_000)
  assert.equal(await saveAsset(store, asset({ sha256: 'older', fetchedAt: late })), 'superseded')
  assert.equal(await confirmAsset(store, { runId: null, url, checkedAt: late }), 'superseded')
  assert.equal(await markAssetGone(store, { runId: null, url, at: late }), 'superseded')
  assert.deepEqual((await findAsset(store, url)).asset?.sha256, 'a')
  assert.equal(await markAssetGone(store, { runId: null, url, at: new Date(3_000) }), 'gone')
  assert.equal((await findAsset(store, url)).asset?.status, 'gone')
  assert.equal(await confirmAsset(store, { runId: null, url, checkedAt: new Date(4_000) }), 'unchanged')
  assert.equal((await findAsset(store, url)).asset?.status, 'stored')
})

test('of answers that arrive at once the newest stands', async () => {
  for (let round = 0; round < 60; round += 1) {
    const other = { url: `http://h.test/r${round}.png`, objectKey: `h.test/r${round}.png` }
    const seconds = [8, 1, 7, 2, 6, 3, 5, 4]
    await Promise.all(
      seconds.map((second) =>
        saveAsset(store, asset({ ...other, sha256: `at ${second}`, fetchedAt: new Date(second * 1_000) })),
      ),
    )
    assert.equal((await findAsset(store, other.url)).asset?.sha256, 'at 8')
  }
})
