import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunId } from '@pokepedia/events'
import {
  closeFinishedRuns,
  copyTotals,
  createRun,
  enterRequests,
  markGone,
  type RunRequest,
  type Store,
  setRunning,
  settle,
} from '../src/index.ts'
import { freshStore, path, resource, saveAsset, saveResource } from './support.ts'

const day = (nth: number): Date => new Date(Date.UTC(2026, 0, nth))

const store = await freshStore()

const completedRun = async (store: Store, request: RunRequest, types: readonly string[]): Promise<RunId> => {
  const { run } = await createRun(store, { trigger: 'http', request, requestHash: 'x' })
  const entries = types.map((resourceType, nth) => ({ key: `${nth}`, resourceType }))
  await enterRequests(store, run.id, 'pokepedia.ingest', entries)
  for (const { key } of entries)
    await settle(store, { runId: run.id, queue: 'pokepedia.ingest', key, outcome: 'stored' })
  await setRunning(store, run.id)
  await closeFinishedRuns(store)
  return run.id
}

test('an empty copy has nothing, and no run yet', async () => {
  assert.deepEqual(await copyTotals(store), {
    resources: [],
    expected: [],
    assets: [],
    runs: { startedAt: null, completedAt: null },
  })
})

test('resources are counted by type and status, with the oldest check of each, which a 304 renews', async () => {
  await saveResource(store, resource({ path: path('pokemon/1'), fetchedAt: day(1) }))
  await saveResource(store, resource({ path: path('pokemon/2'), fetchedAt: day(2) }))
  await saveResource(store, resource({ path: path('item/1'), resourceType: 'item', fetchedAt: day(3) }))
  // Equal content at a later time: the row stays, the check is new.
  await saveResource(store, resource({ path: path('pokemon/1'), fetchedAt: day(9) }))
  await markGone(store, { runId: null, path: path('item/1'), at: day(8) })
  const { resources } = await copyTotals(store)
  assert.deepEqual(
    resources.toSorted((a, b) => a.resourceType.localeCompare(b.resourceType)),
    [
      { resourceType: 'item', status: 'gone', count: 1, oldestCheckAt: day(8) },
      { resourceType: 'pokemon', status: 'present', count: 2, oldestCheckAt: day(2) },
    ],
  )
})

test('what is expected of a type is what the newest whole run of it found; limits and paths say nothing', async () => {
  await completedRun(store, {}, ['pokemon', 'pokemon', 'pokemon', 'item'])
  await completedRun(store, { types: ['item'] }, ['item', 'item'])
  await completedRun(store, { types: ['item'], limit: 1 }, ['item'])
  await completedRun(store, { paths: ['pokemon/1'] }, ['pokemon'])
  const { expected, runs } = await copyTotals(store)
  assert.deepEqual(expected, [
    { resourceType: 'item', count: 2 },
    { resourceType: 'pokemon', count: 3 },
  ])
  assert.ok(runs.startedAt && runs.completedAt && runs.completedAt >= runs.startedAt)
})

test('assets are counted by status', async () => {
  await saveAsset(store, {
    runId: null,
    url: 'http://127.0.0.1/a.png',
    bucket: 'sprites',
    objectKey: 'a.png',
    contentType: 'image/png',
    bytes: 1,
    sha256: 'x',
    etag: null,
    width: 1,
    height: 1,
    fetchedAt: day(1),
    traceparent: null,
  })
  assert.deepEqual((await copyTotals(store)).assets, [{ status: 'stored', count: 1 }])
})
