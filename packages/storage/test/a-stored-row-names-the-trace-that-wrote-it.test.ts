import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newTraceparent, traceparentOf } from '@pokepedia/events'
import { z } from 'zod'
import { type AssetToSave, createRun, getRun } from '../src/index.ts'
import { confirmAsset, confirmUnchanged, freshStore, resource, saveAsset, saveResource } from './support.ts'

const store = await freshStore()
const rows = z.array(z.object({ traceparent: z.string().nullable(), version: z.string() })).length(1)
const rowOf = async (table: 'pokeapi_resources' | 'pokepedia_assets') =>
  rows.parse(await store.query('reading', `select traceparent, xmin::text as version from ${table}`))[0]

const [first, second] = [newTraceparent(), newTraceparent()]

test('a resource row keeps the trace of the event that stored its document', async () => {
  const { path, resourceType, requestKinds } = resource()
  await saveResource(store, resource({ traceparent: first }))
  const row = await rowOf('pokeapi_resources')
  assert.equal(row?.traceparent, first)

  const later = new Date('2026-01-02T00:00:00Z')
  const again = await saveResource(store, resource({ traceparent: second, fetchedAt: later }))
  assert.equal(again.outcome, 'unchanged')
  await confirmUnchanged(store, { runId: null, path, resourceType, checkedAt: later, etag: null, requestKinds })
  assert.deepEqual(await rowOf('pokeapi_resources'), row, 'an unchanged row is not written')

  await saveResource(store, resource({ traceparent: second, fetchedAt: later, contentHash: 'h2' }))
  assert.equal((await rowOf('pokeapi_resources'))?.traceparent, second)
  await saveResource(store, resource({ traceparent: first, contentHash: 'h3' }))
  assert.equal((await rowOf('pokeapi_resources'))?.traceparent, second, 'a late fetch is superseded')
})

test('an asset row keeps the trace of the event that downloaded the file', async () => {
  const asset = (changes: Partial<AssetToSave>): AssetToSave => ({
    runId: null,
    url: 'http://h.test/25.png',
    bucket: 'sprites',
    objectKey: 'h.test/25.png',
    contentType: 'image/png',
    bytes: 5,
    sha256: 'a',
    etag: null,
    width: 1,
    height: 1,
    fetchedAt: new Date(2_000),
    traceparent: first,
    ...changes,
  })
  await saveAsset(store, asset({}))
  const row = await rowOf('pokepedia_assets')
  assert.equal(row?.traceparent, first)
  await confirmAsset(store, { runId: null, url: asset({}).url })
  assert.deepEqual(await rowOf('pokepedia_assets'), row, 'a file that needs no request costs no write')
  await saveAsset(store, asset({ traceparent: second, fetchedAt: new Date(1_000), sha256: 'late' }))
  assert.deepEqual(await rowOf('pokepedia_assets'), row, 'a late download is superseded')
  await saveAsset(store, asset({ traceparent: null, fetchedAt: new Date(3_000), sha256: 'b' }))
  assert.equal((await rowOf('pokepedia_assets'))?.traceparent, null, 'an event fed by hand has no trace')
})

test('a run keeps the trace it was asked for in, or begins one', async () => {
  const { run } = await createRun(store, { trigger: 'http', request: {}, requestHash: 'x', traceparent: first })
  assert.equal(run.traceparent, first)
  assert.equal((await getRun(store, run.id))?.traceparent, first)
  const alone = await createRun(store, { trigger: 'schedule', request: {}, requestHash: 'x' })
  const begun = alone.run.traceparent ?? ''
  assert.equal(traceparentOf({ traceparent: begun }), begun)
})
