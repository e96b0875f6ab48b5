import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingestQueue, spritesQueue } from '@pokepedia/events'
import fc from 'fast-check'
import {
  auditRun,
  closeFinishedRuns,
  createRun,
  enterRequests,
  getRun,
  inFlight,
  OUTCOMES,
  objectKeyOf,
  setRunning,
  settle,
} from '../src/index.ts'
import { findAsset, freshStore, newRun, objects, path, resource, saveAsset, saveResource } from './support.ts'

const store = await freshStore()
const ingest = ingestQueue.name
const sprites = spritesQueue.name

test('the first outcome of an event wins, and outcomes and in flight always add up', async () => {
  const keys = ['berry/1', 'berry/2', 'berry/3']
  const deliveries = fc.array(fc.tuple(fc.constantFrom(...keys), fc.constantFrom(...OUTCOMES)), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(deliveries, async (settlements) => {
      const runId = await newRun(store)
      await enterRequests(
        store,
        runId,
        ingest,
        keys.map((key) => ({ key, resourceType: 'berry' })),
      )
      const first = new Map<string, string>()
      for (const [key, outcome] of settlements) {
        await settle(store, { runId, queue: ingest, key, outcome })
        if (!first.has(key)) first.set(key, outcome)
        const counts = (await getRun(store, runId))?.counts[ingest]
        assert.equal(counts?.requested, keys.length)
        assert.equal(counts?.in_flight, keys.length - first.size)
        for (const of of OUTCOMES) assert.equal(counts?.[of], [...first.values()].filter((was) => was === of).length)
      }
    }),
    { numRuns: 25 },
  )
})

test('a file that two resources share is requested once, and again when its owner is delivered again', async () => {
  const runId = await newRun(store)
  const shared = [{ url: 'http://127.0.0.1/shared.png', pointer: '/a', kind: 'sprite' as const }]
  const one = resource({ runId, path: path('item/1'), references: shared })
  const two = resource({ runId, path: path('item/2'), references: shared })
  assert.equal((await saveResource(store, one)).sprites.length, 1)
  assert.equal((await saveResource(store, two)).sprites.length, 0)
  // The owner was killed before its event left: its delivery comes again.
  assert.equal((await saveResource(store, { ...one, fetchedAt: new Date() })).sprites.length, 1)
  await settle(store, { runId, queue: sprites, key: 'http://127.0.0.1/shared.png', outcome: 'stored' })
  assert.equal((await saveResource(store, { ...one, fetchedAt: new Date() })).sprites.length, 0)
})

test('a run closes by itself when the last event has an outcome, and not before', async () => {
  const runId = await newRun(store)
  await enterRequests(store, runId, ingest, [{ key: 'type/9', resourceType: 'type' }])
  assert.deepEqual((await closeFinishedRuns(store)).map(({ id }) => id).includes(runId), false)
  await setRunning(store, runId)
  const references = [{ url: 'http://127.0.0.1/type9.png', pointer: '/a', kind: 'sprite' as const }]
  await saveResource(store, resource({ runId, path: path('type/9'), resourceType: 'type', references }))
  assert.deepEqual((await closeFinishedRuns(store)).map(({ id }) => id).includes(runId), false)
  await settle(store, {
    runId,
    queue: sprites,
    key: 'http://127.0.0.1/type9.png',
    outcome: 'dead',
    errorCode: 'image_invalid',
  })
  const [first, second] = await Promise.all([closeFinishedRuns(store), closeFinishedRuns(store)])
  assert.equal([...first, ...second].filter(({ id }) => id === runId).length, 1)
  assert.equal((await getRun(store, runId))?.state, 'completed_with_dead_letters')
})

test('what is in flight is listed whole, however much it is', async () => {
  const runId = await newRun(store)
  const keys = Array.from({ length: 12_345 }, (_, i) => `move/${i}`)
  await enterRequests(
    store,
    runId,
    ingest,
    keys.map((key) => ({ key, resourceType: 'move' })),
  )
  const seen: string[] = []
  for await (const chunk of inFlight(store, runId, ingest)) seen.push(...chunk.map(({ key }) => key))
  assert.deepEqual(seen.toSorted(), keys.toSorted())
})

test('an idempotency key names one run', async () => {
  const wanted = { trigger: 'http' as const, request: { types: ['type'] }, idempotencyKey: 'k1', requestHash: 'a' }
  const [one, two] = await Promise.all([createRun(store, wanted), createRun(store, wanted)])
  assert.equal(one.run.id, two.run.id)
  assert.deepEqual([one.created, two.created].toSorted(), [false, true])
  await assert.rejects(createRun(store, { ...wanted, requestHash: 'b' }), { code: 'idempotency_conflict' })
})

test('the audit names a missing object, and balances when it is there', async () => {
  const runId = await newRun(store)
  const url = `https://example.org/${runId}.png`
  await setRunning(store, runId)
  const at = path('type/77')
  await enterRequests(store, runId, ingest, [{ key: at, resourceType: 'type' }])
  await saveResource(
    store,
    resource({ runId, path: at, resourceType: 'type', references: [{ url, pointer: '/a', kind: 'sprite' }] }),
  )
  const body = Buffer.from('bytes')
  const asset = {
    runId,
    url,
    bucket: objects.bucket,
    objectKey: objectKeyOf(url),
    contentType: 'image/png',
    bytes: body.length,
    sha256: 's',
    etag: null,
    width: 1,
    height: 1,
    fetchedAt: new Date(),
    traceparent: null,
  }
  assert.equal(await saveAsset(store, asset), 'stored')
  await closeFinishedRuns(store)
  const broken = await auditRun(store, objects, runId)
  assert.equal(broken?.balanced, false)
  assert.deepEqual(
    broken?.violations.map(({ rule, key }) => [rule, key]),
    [['object-stored', objectKeyOf(url)]],
  )

  await objects.put(objectKeyOf(url), body, 'image/png')
  const whole = await auditRun(store, objects, runId)
  assert.deepEqual(whole?.violations, [])
  assert.equal(whole?.balanced, true)
  assert.equal((await findAsset(store, url)).asset?.sha256, 's')
  assert.equal(await saveAsset(store, { ...asset, fetchedAt: new Date() }), 'unchanged')
  assert.equal(await saveAsset(store, { ...asset, sha256: 'older', fetchedAt: new Date(0) }), 'superseded')
})

test('the audit names media that a stored document names and nobody asked for', async () => {
  const runId = await newRun(store)
  const at = path('type/78')
  await enterRequests(store, runId, ingest, [{ key: at, resourceType: 'type' }])
  await setRunning(store, runId)
  const references = [{ url: 'http://h.test/forgotten.png', pointer: '/a', kind: 'sprite' as const }]
  await saveResource(store, resource({ runId, path: at, resourceType: 'type', references, requestKinds: [] }))
  await closeFinishedRuns(store)
  const audit = await auditRun(store, objects, runId)
  assert.deepEqual(
    audit?.violations.map(({ rule, key }) => [rule, key]),
    [['sprite-requested', 'http://h.test/forgotten.png']],
  )
})
