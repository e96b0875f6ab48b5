import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { z } from 'zod'
import { enterRequests, openStore, saveResources } from '../src/index.ts'
import { freshStoreUrl, log, newRun, path, resource } from './support.ts'

const OTHERS = 2_000
const TABLES = ['pokeapi_resources', 'pokepedia_resource_checks', 'pokepedia_asset_references', 'pokepedia_run_ledger']

const readRows = z.tuple([z.object({ read: z.coerce.number() })])

const { store, url } = await freshStoreUrl()
// One connection, which keeps its plans.
const kept = openStore({ url, poolSize: 1 }, log)
after(() => kept[Symbol.asyncDispose]())

const batch = (runId: Awaited<ReturnType<typeof newRun>>, first: number) =>
  [first, first + 1].map((n) => resource({ runId, path: path(`pokemon/${n}`), resourceId: n, contentHash: `h${n}` }))

const rowsRead = async (): Promise<number> => {
  // What a connection read is told to others some time later, unless it is asked to tell at once.
  await kept.query('telling', 'select pg_stat_force_next_flush()')
  const rows = await kept.query(
    'counting what was read',
    `select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as read from pg_stat_user_tables where relname = any ($1)`,
    [TABLES],
  )
  return readRows.parse(rows)[0].read
}

test('what was planned while the tables were known to be empty does not read them whole when they are full', async () => {
  const runId = await newRun(store)
  for (const table of TABLES) await store.query('analysing', `analyze ${table}`)
  await saveResources(kept, batch(runId, 1))
  // As discovering does, which has the ledger analysed; the other tables are not until autovacuum comes by.
  const others = Array.from({ length: OTHERS }, (_, i) => ({ key: `move/${i + 1}`, resourceType: 'move' }))
  await enterRequests(store, runId, 'pokepedia.ingest', others)
  await store.query(
    'filling',
    `with others as (select 'move/' || n as path, n from generate_series(1, ${OTHERS}) n),
       checks as (insert into pokepedia_resource_checks (path, checked_at) select path, now() from others),
       media as (insert into pokepedia_asset_references (resource_path, json_pointer, source_url, kind)
         select path, '/a', 'http://m/' || n || '.png', 'sprite' from others)
     insert into pokeapi_resources (path, resource_type, resource_id, url, data, content_hash, fetched_at, changed_at)
       select path, 'move', n, 'http://m/' || n, '{}', 'h', now(), now() from others`,
  )
  const before = await rowsRead()
  await saveResources(kept, batch(runId, 11))
  const read = (await rowsRead()) - before
  assert.ok(read <= 100, `${read} rows were read to save 2 resources`)
})
