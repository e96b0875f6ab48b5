import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { enterRequests } from '../src/index.ts'
import { freshStore, newRun } from './support.ts'

const readRows = z.tuple([z.object({ read: z.coerce.number() })])

const store = await freshStore()
const runId = await newRun(store)
// As a run begins: its documents are entered and the ledger is analysed; only then come the media.
const documents = Array.from({ length: 1_000 }, (_, i) => ({ key: `pokemon/${i + 1}`, resourceType: 'pokemon' }))
await enterRequests(store, runId, 'pokepedia.ingest', documents)
await store.query(
  'entering media',
  `insert into pokepedia_run_ledger (run_id, queue, key, resource_type, requested_by)
   select $1, 'pokepedia.sprites', 'http://m/' || n, 'pokemon', 'pokemon/' || 1 + n % 1000 from generate_series(1, 5000) n`,
  [runId],
)

/** What a query finds, and how many rows of the ledger are read for it. */
const ledgerReads = (sql: string, values: unknown[]) =>
  store.withConnection('counting what is read', async (query) => {
    await query('begin')
    const found = await query(sql, values)
    const [row] = readRows.parse(
      await query(
        `select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as read from pg_stat_xact_user_tables
         where relname = 'pokepedia_run_ledger'`,
      ),
    )
    await query('rollback')
    return { found, read: row.read }
  })

test('what a resource still waits for is found without reading the media of the whole run', async () => {
  const { found, read } = await ledgerReads('select * from pokepedia_sprites_in_flight($1, $2)', [runId, 'pokemon/25'])
  assert.equal(found.length, 5)
  assert.ok(read <= 50, `${read} rows of the ledger were read to find 5`)
})

test('a run that goes on is told from one that is over without reading its ledger', async () => {
  await store.query('running', `update pokepedia_runs set state = 'running' where id = $1`, [runId])
  const { found, read } = await ledgerReads('select * from pokepedia_close_finished_runs()', [])
  assert.equal(found.length, 0)
  assert.ok(read <= 50, `${read} rows of the ledger were read to see that one is in flight`)
})
