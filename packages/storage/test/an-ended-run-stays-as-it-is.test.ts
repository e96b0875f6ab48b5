import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingestQueue, type ResourcePath, type RunId, spritesQueue } from '@pokepedia/events'
import {
  auditRun,
  cancelRun,
  closeFinishedRuns,
  enterRequests,
  failRun,
  getRun,
  type Saved,
  setRunning,
  settle,
} from '../src/index.ts'
import { freshStore, newRun, objects, path, resource, saveResource } from './support.ts'

const store = await freshStore()
const ingest = ingestQueue.name
const sprites = spritesQueue.name

const startRun = async (paths: readonly ResourcePath[]): Promise<RunId> => {
  const runId = await newRun(store)
  await enterRequests(
    store,
    runId,
    ingest,
    paths.map((key) => ({ key, resourceType: 'item' })),
  )
  await setRunning(store, runId)
  return runId
}

const save = (runId: RunId, at: ResourcePath, file: string, contentHash: string): Promise<Saved> =>
  saveResource(
    store,
    resource({
      runId,
      path: at,
      resourceType: 'item',
      contentHash,
      fetchedAt: new Date(),
      references: [{ url: `http://h.test/${file}.png`, pointer: '/a', kind: 'sprite' }],
    }),
  )

test('a replay after the end asks for what is new and enters nothing', async () => {
  const at = path('item/1')
  const runId = await startRun([at])
  await save(runId, at, 'one', 'h1')
  await settle(store, { runId, queue: sprites, key: 'http://h.test/one.png', outcome: 'gone' })
  await closeFinishedRuns(store)
  const before = await getRun(store, runId)
  assert.equal(before?.state, 'completed')
  assert.deepEqual((await save(runId, at, 'one', 'h1')).sprites, [])
  const { sprites: asked } = await save(runId, at, 'two', 'h2')
  assert.deepEqual(asked, [{ url: 'http://h.test/two.png', pointer: '/a' }])
  assert.deepEqual(await getRun(store, runId), before)
  assert.equal((await auditRun(store, objects, runId))?.balanced, true)
})

test('a cancelled or failed run discards what is in flight, for good', async () => {
  for (const end of [cancelRun, (of: typeof store, id: RunId) => failRun(of, id, 'the lists are unreadable')]) {
    const at = path('item/2')
    const runId = await startRun([at, path('item/3')])
    await settle(store, { runId, queue: ingest, key: 'item/3', outcome: 'stored' })
    assert.equal(await end(store, runId), true)
    assert.equal(await end(store, runId), false)
    assert.deepEqual((await save(runId, at, 'one', 'h1')).sprites, [])
    await enterRequests(store, runId, ingest, [{ key: 'item/4', resourceType: 'item' }])
    const counts = (await getRun(store, runId))?.counts[ingest]
    assert.deepEqual([counts?.requested, counts?.stored, counts?.discarded, counts?.in_flight], [2, 1, 1, 0])
    assert.equal((await getRun(store, runId))?.counts[sprites], undefined)
  }
})

test('a run cancelled in the middle of its work has nothing in flight afterwards', async () => {
  for (let round = 0; round < 10; round += 1) {
    const paths = Array.from({ length: 20 }, (_, i) => path(`item/${round}${i + 100}`))
    const runId = await startRun(paths)
    const work = paths.map((at) => save(runId, at, `${round}-${at.replace('/', '-')}`, 'h'))
    const [ended] = await Promise.all([cancelRun(store, runId), ...work])
    assert.equal(ended, true)
    const audit = await auditRun(store, objects, runId)
    assert.deepEqual(audit?.violations, [])
    assert.equal(audit?.counts[ingest]?.requested, 20)
  }
})

test('the audit says so when the ledger of an ended run is not what it was', async () => {
  const at = path('item/900')
  const runId = await startRun([at])
  await settle(store, { runId, queue: ingest, key: at, outcome: 'dead', errorCode: 'http_403' })
  await closeFinishedRuns(store)
  await store.query('test', 'delete from pokepedia_run_ledger where run_id = $1', [runId])
  const audit = await auditRun(store, objects, runId)
  assert.deepEqual(
    audit?.violations.map(({ rule, key, detail }) => [rule, key, detail]),
    [['ended', ingest, '0 requested, 0 settled, 0 in flight; 1 requested when it ended']],
  )
})
