import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingestQueue, type RunId } from '@pokepedia/events'
import { z } from 'zod'
import { cancelRun, closeFinishedRuns, enterRequests, getRun, removeOldRuns, setRunning, settle } from '../src/index.ts'
import { freshStore, newRun } from './support.ts'

const store = await freshStore()
const queue = ingestQueue.name

const startRun = async (entries: number): Promise<RunId> => {
  const runId = await newRun(store)
  const keys = Array.from({ length: entries }, (_, i) => `move/${i}`)
  await enterRequests(
    store,
    runId,
    queue,
    keys.map((key) => ({ key, resourceType: 'move' })),
  )
  await setRunning(store, runId)
  return runId
}

const age = (runId: RunId, days: number) =>
  store.query(
    'test',
    `update pokepedia_runs set started_at = now() - make_interval(days => $2),
       finished_at = case when finished_at is not null then now() - make_interval(days => $2) end where id = $1`,
    [runId, days],
  )

const entriesOf = async (runId: RunId): Promise<number> => {
  const rows = await store.query('test', 'select count(*)::int as n from pokepedia_run_ledger where run_id = $1', [
    runId,
  ])
  return z.tuple([z.object({ n: z.number() })]).parse(rows)[0].n
}

test('what ended before the limit goes with its ledger, by two removers at once; the rest stays whole', async () => {
  const old = await startRun(12_000)
  await cancelRun(store, old)
  const older = await startRun(1)
  await settle(store, { runId: older, queue, key: 'move/0', outcome: 'dead', errorCode: 'http_403' })
  await closeFinishedRuns(store)
  const young = await startRun(3)
  await cancelRun(store, young)
  const open = await startRun(3)
  await age(old, 31)
  await age(older, 400)
  await age(young, 29)
  await age(open, 400)

  const both = await Promise.all([removeOldRuns(store, 30), removeOldRuns(store, 30)])
  const rest = await removeOldRuns(store, 30)
  assert.deepEqual([...both.flat(), ...rest].toSorted(), [old, older].toSorted())
  for (const gone of [old, older]) assert.deepEqual([await getRun(store, gone), await entriesOf(gone)], [undefined, 0])
  for (const kept of [young, open]) assert.equal(await entriesOf(kept), 3)
  assert.equal((await getRun(store, open))?.state, 'running')
})
