import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunId } from '@pokepedia/events'
import {
  advanceRedrives,
  auditRun,
  cancelRedrive,
  cancelRun,
  closeFinishedRuns,
  createRedrive,
  discardLetters,
  getRedrive,
  getRun,
  indexLetter,
  nextRedrive,
  noteSent,
  prepareBatch,
  previewRedrive,
  type Query,
  type RedriveBatch,
  type Store,
  setRunning,
  settle,
  settleRedriven,
  unfinishedBatch,
} from '../src/index.ts'
import { again, deadIn, letter, lettersOf } from './letters.ts'
import { freshStore, newRun, objects } from './support.ts'

const queryOf =
  (store: Store): Query =>
  (text, values) =>
    store.query('test', text, values)

const nextBatch = async (store: Store, limit = 100): Promise<RedriveBatch> => {
  const next = await nextRedrive(queryOf(store))
  assert.ok(next, 'there is something to send')
  const batch = await prepareBatch(queryOf(store), { ...next, ends: { 0: '7' }, limit })
  assert.ok(batch)
  return batch
}

const settleAll = async (
  store: Store,
  { redriveId, letters }: RedriveBatch,
  runId: RunId | null,
  outcome: 'stored' | 'dead',
) => {
  for (const { origin, redriveCount } of letters) {
    const key = `pokemon/${origin.offset}`
    await settle(store, { runId, queue: 'pokepedia.ingest', key, outcome })
    await settleRedriven(store, { redriveId, origin, count: redriveCount + 1, outcome, code: null })
  }
}

const redrive = (store: Store, filter = {}) => createRedrive(store, { filter, rate: 100, maxCount: 3 })
const countsOf = async (store: Store, runId: RunId) => {
  const run = await getRun(store, runId)
  const { requested, stored, dead, discarded, in_flight } = run?.counts['pokepedia.ingest'] ?? {}
  return { state: run?.state, requested, stored, dead, discarded, in_flight }
}

test('a filter names letters by code, type, fingerprint, time and id; those over the cap are left out and counted', async () => {
  const store = await freshStore()
  await indexLetter(store, letter(1))
  await indexLetter(store, letter(2, { code: 'http_403', fingerprint: 'f2' }))
  await indexLetter(store, letter(3, { redriveCount: 3 }))
  await indexLetter(store, letter(4, { diedAt: new Date('2026-02-01T00:00:00Z') }))
  const [one] = await lettersOf(store)
  const preview = (filter: object) => previewRedrive(store, { filter, maxCount: 3 })
  const counted = async (filter: object) => {
    const { selected, overCap } = await preview(filter)
    return [selected, overCap]
  }
  assert.deepEqual(await counted({}), [3, 1])
  assert.deepEqual(await counted({ code: 'http_403' }), [1, 0])
  assert.deepEqual(await counted({ fingerprint: 'f1' }), [2, 1])
  assert.deepEqual(await counted({ type: 'berry' }), [0, 0])
  assert.deepEqual(await counted({ since: new Date('2026-01-15') }), [1, 0])
  assert.deepEqual(await counted({ until: new Date('2026-01-15') }), [2, 1])
  assert.deepEqual(await counted({ ids: [one?.id] }), [1, 0])
  assert.deepEqual(await counted({ ids: [] }), [0, 0])
  assert.equal(await discardLetters(store, { ids: [] }), 0)
  assert.deepEqual((await preview({ code: 'not_json' })).histogram, [
    { queue: 'pokepedia.ingest', code: 'not_json', type: 'pokemon', fingerprint: 'f1', letters: 3, overCap: 1 },
  ])
  const { state, selected, overCap } = await redrive(store)
  assert.deepEqual([state, selected, overCap], ['sending', 3, 1])
  assert.equal((await redrive(store)).state, 'completed', 'the letters of a redrive are in no other')
})

test('a redrive with letters that came after its creation, does not take them', async () => {
  const store = await freshStore()
  await indexLetter(store, letter(1))
  await redrive(store)
  await indexLetter(store, letter(2))
  const { letters } = await nextBatch(store)
  assert.deepEqual(
    letters.map(({ origin }) => origin.offset),
    ['1'],
  )
})

test('a batch that was not noted as sent is found again, with the ends of before', async () => {
  const store = await freshStore()
  for (const offset of [1, 2, 3]) await indexLetter(store, letter(offset))
  await redrive(store)
  const batch = await nextBatch(store, 2)
  assert.deepEqual(await unfinishedBatch(queryOf(store)), batch)
  assert.deepEqual(batch.ends, { 0: '7' })
  // Its first event has come to its end already.
  await settleAll(store, { ...batch, letters: batch.letters.slice(0, 1) }, null, 'stored')
  assert.equal((await unfinishedBatch(queryOf(store)))?.letters.length, 2)
  await noteSent(queryOf(store), batch)
  assert.equal(await unfinishedBatch(queryOf(store)), undefined)
})

test('the outcome counts each letter once, however often it is told', async () => {
  const store = await freshStore()
  for (const offset of [1, 2, 3]) await indexLetter(store, letter(offset))
  const { id } = await redrive(store)
  const batch = await nextBatch(store)
  await noteSent(queryOf(store), batch)
  await advanceRedrives(store)
  assert.equal((await getRedrive(store, id))?.state, 'settling')
  const [first, ...others] = batch.letters
  assert.ok(first)
  await settleAll(store, { ...batch, letters: [first] }, null, 'dead')
  await settleAll(store, { ...batch, letters: [first, ...others] }, null, 'stored')
  await advanceRedrives(store)
  const done = await getRedrive(store, id)
  assert.equal(done?.state, 'completed')
  assert.deepEqual([done?.sent, done?.outcomes.stored, done?.outcomes.dead], [3, 2, 1])
})

test('a run whose letters are redriven is open until they are settled, and its law holds throughout', async () => {
  const store = await freshStore()
  const runId = await newRun(store)
  await deadIn(store, runId, [1, 2])
  for (const offset of [1, 2]) await indexLetter(store, letter(offset, { runId }))
  await setRunning(store, runId)
  await closeFinishedRuns(store)
  const ended = { requested: 2, stored: 0, dead: 2, discarded: 0, in_flight: 0 }
  assert.deepEqual(await countsOf(store, runId), { state: 'completed_with_dead_letters', ...ended })

  await redrive(store)
  assert.equal((await countsOf(store, runId)).dead, 2, 'nothing moves before a letter is on its way')
  const batch = await nextBatch(store)
  assert.deepEqual(await countsOf(store, runId), { state: 'running', ...ended, dead: 0, in_flight: 2 })
  assert.deepEqual(await closeFinishedRuns(store), [])
  await settleAll(store, { ...batch, letters: batch.letters.slice(0, 1) }, runId, 'stored')
  await settleAll(store, { ...batch, letters: batch.letters.slice(1) }, runId, 'dead')
  await closeFinishedRuns(store)
  assert.deepEqual(await countsOf(store, runId), {
    state: 'completed_with_dead_letters',
    ...ended,
    stored: 1,
    dead: 1,
  })
})

test('a redelivery that finds what the first delivery stored, counts as what the run knows', async () => {
  const store = await freshStore()
  const runId = await newRun(store)
  await deadIn(store, runId, [1])
  await indexLetter(store, letter(1, { runId }))
  const { id } = await redrive(store)
  const { letters } = await nextBatch(store)
  await settle(store, { runId, queue: 'pokepedia.ingest', key: 'pokemon/1', outcome: 'stored' })
  const [{ origin } = assert.fail()] = letters
  await settleRedriven(store, { redriveId: id, origin, count: 1, outcome: 'unchanged', code: null })
  assert.deepEqual((await getRedrive(store, id))?.outcomes.stored, 1)
})

test('a cancelled run takes the outcomes of its redriven letters and stays cancelled', async () => {
  const store = await freshStore()
  const runId = await newRun(store)
  await deadIn(store, runId, [1])
  await indexLetter(store, letter(1, { runId }))
  await setRunning(store, runId)
  await cancelRun(store, runId)
  await redrive(store)
  const batch = await nextBatch(store)
  assert.equal((await countsOf(store, runId)).state, 'running')
  await settleAll(store, batch, runId, 'stored')
  const [closed] = await closeFinishedRuns(store)
  assert.equal(closed?.state, 'cancelled')
  const { state, stored, dead } = await countsOf(store, runId)
  assert.deepEqual([state, stored, dead], ['cancelled', 1, 0])
})

test('a cancelled redrive gives back what it had not begun to send, and finishes the batch on its way', async () => {
  const store = await freshStore()
  for (const offset of [1, 2, 3]) await indexLetter(store, letter(offset))
  const { id } = await redrive(store)
  await nextBatch(store, 2)
  assert.equal(await cancelRedrive(store, id), true)
  assert.equal(await cancelRedrive(store, id), false)
  assert.equal(await nextRedrive(queryOf(store)), undefined)
  assert.deepEqual(
    (await lettersOf(store)).map(({ state }) => state),
    ['redriving', 'redriving', 'open'],
  )
  assert.equal((await unfinishedBatch(queryOf(store)))?.letters.length, 2)
  assert.equal((await redrive(store)).selected, 1)
})

test('discarded letters are given up in their run as well, whose noted counts follow', async () => {
  const store = await freshStore()
  const runId = await newRun(store)
  await deadIn(store, runId, [1, 2])
  for (const offset of [1, 2]) await indexLetter(store, letter(offset, { runId }))
  await setRunning(store, runId)
  await closeFinishedRuns(store)
  const [one] = await lettersOf(store)
  assert.equal(await discardLetters(store, { ids: [one?.id ?? 0] }), 1)
  const first = await countsOf(store, runId)
  assert.deepEqual([first.state, first.dead, first.discarded], ['completed_with_dead_letters', 1, 1])
  assert.equal(await discardLetters(store, {}), 1)
  assert.equal(await discardLetters(store, {}), 0)
  const both = await countsOf(store, runId)
  assert.deepEqual([both.state, both.dead, both.discarded], ['completed', 0, 2])
  assert.deepEqual((await auditRun(store, objects, runId))?.violations, [])
})

test('an event that died again can be redriven again', async () => {
  const store = await freshStore()
  await indexLetter(store, letter(1))
  await redrive(store)
  const batch = await nextBatch(store)
  await noteSent(queryOf(store), batch)
  await settleAll(store, batch, null, 'dead')
  await indexLetter(store, again(1, { redriveCount: 1 }))
  const { id } = await redrive(store)
  const second = await nextBatch(store)
  await settleAll(store, second, null, 'stored')
  assert.deepEqual((await getRedrive(store, id))?.outcomes.stored, 1)
})
