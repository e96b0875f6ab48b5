import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getRun, openStore, withRunLock } from '../src/index.ts'
import { freshStoreUrl, log, newRun } from './support.ts'

const { store, url } = await freshStoreUrl()

test('one process at a time has a run, and the next one gets it afterwards', async () => {
  const runId = await newRun(store)
  const inside = await withRunLock(store, runId, () => withRunLock(store, runId, async () => 'second'))
  assert.equal(inside, undefined)
  assert.equal(await withRunLock(store, runId, async () => 'next'), 'next')
})

test('a lock takes no connection from the pool, so that its work never waits for itself', async () => {
  await using small = openStore({ url, poolSize: 1 }, log)
  const runId = await newRun(store)
  const state = await withRunLock(small, runId, async () => (await getRun(small, runId))?.state)
  assert.equal(state, 'discovering')
})

test('when Postgres cuts the connection of a lock, the process and the work go on', async () => {
  const runId = await newRun(store)
  const result = await withRunLock(store, runId, async () => {
    const cut = await store.query(
      'test',
      `select pg_terminate_backend(a.pid) from pg_stat_activity a join pg_locks l on l.pid = a.pid
       where l.locktype = 'advisory' and a.datname = current_database() and a.pid <> pg_backend_pid()`,
    )
    assert.equal(cut.length, 1)
    return withRunLock(store, runId, async () => 'free again').then(async (next) => {
      // The server lets the lock go a moment after it was told to.
      for (let tries = 0; next === undefined && tries < 100; tries += 1)
        next = await withRunLock(store, runId, async () => 'free again')
      return next
    })
  })
  assert.equal(result, 'free again')
})

test('what the work throws is what comes out', async () => {
  const runId = await newRun(store)
  const failure = new Error('the work timed out by itself')
  await assert.rejects(
    withRunLock(store, runId, () => Promise.reject(failure)),
    (error) => error === failure,
  )
})

test('an answer of Postgres is durable, whatever the database is set to', async () => {
  const name = new URL(url).pathname.slice(1)
  await store.query('test', `alter database ${name} set synchronous_commit = off`)
  await using fresh = openStore({ url, poolSize: 1 }, log)
  assert.deepEqual(await fresh.query('test', 'show synchronous_commit'), [{ synchronous_commit: 'on' }])
})
