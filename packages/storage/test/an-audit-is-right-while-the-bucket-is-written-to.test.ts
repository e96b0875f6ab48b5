import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingestQueue } from '@pokepedia/events'
import { auditRun, closeFinishedRuns, enterRequests, getRun, objectKeyOf, setRunning } from '../src/index.ts'
import { freshStore, newRun, objects, path, prefix, resource, saveAsset, saveResource } from './support.ts'

const FILES = 60
const AUDITS = 20
const body = Buffer.from('image')

test('objects that are replaced while the bucket is listed are not called missing', async (t) => {
  const store = await freshStore()
  const runId = await newRun(store)
  const at = path('item/1')
  const urls = Array.from({ length: FILES }, (_, i) => `https://h.test/${prefix}/${i}.png`)
  await enterRequests(store, runId, ingestQueue.name, [{ key: at, resourceType: 'item' }])
  await setRunning(store, runId)
  const references = urls.map((url, i) => ({ url, pointer: `/${i}`, kind: 'sprite' as const }))
  await saveResource(store, resource({ runId, path: at, resourceType: 'item', fetchedAt: new Date(), references }))
  for (const url of urls) {
    const objectKey = objectKeyOf(url)
    await objects.put(objectKey, body, 'image/png')
    await saveAsset(store, {
      runId,
      url,
      bucket: objects.bucket,
      objectKey,
      contentType: 'image/png',
      bytes: body.length,
      sha256: 's',
      etag: null,
      width: 1,
      height: 1,
      fetchedAt: new Date(),
      traceparent: null,
    })
  }
  await closeFinishedRuns(store)
  assert.equal((await getRun(store, runId))?.state, 'completed')

  const audits = { over: false }
  let replaced = 0
  const replacing = urls.slice(0, 4).map(async (url) => {
    for (; !audits.over; replaced++) await objects.put(objectKeyOf(url), body, 'image/png')
  })
  for (let i = 0; i < AUDITS; i++) assert.deepEqual((await auditRun(store, objects, runId))?.violations, [])
  audits.over = true
  await Promise.all(replacing)
  t.diagnostic(`${AUDITS} audits while ${replaced} objects were replaced`)
})
