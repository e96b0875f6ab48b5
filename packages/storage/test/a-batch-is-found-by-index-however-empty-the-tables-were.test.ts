import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingestQueue, type RunId, spritesQueue } from '@pokepedia/events'
import { z } from 'zod'
import { type AssetToSave, enterRequests, openStore, type Store, saveAssets, saveResources } from '../src/index.ts'
import { freshStoreUrl, log, newRun, path, resource, rowsReadFor } from './support.ts'

const OTHERS = 10_000
/** As many as a run of few types has; plans are kept from here on. */
const SOME = 1_000
const TABLES = ['pokeapi_resources', 'pokepedia_resource_checks', 'pokepedia_asset_references', 'pokepedia_run_ledger']

const modeRows = z.tuple([z.object({ mode: z.string() })])

const batch = (runId: RunId | null, first: number) =>
  [first, first + 1].map((n) => resource({ runId, path: path(`pokemon/${n}`), resourceId: n, contentHash: `h${n}` }))

const asset = (url: string, runId: RunId): AssetToSave => ({
  ...{
    runId,
    url,
    bucket: 'b',
    objectKey: url.slice('http://'.length),
    contentType: 'image/png',
    bytes: 1,
    sha256: 's',
  },
  ...{ etag: null, width: 1, height: 1, fetchedAt: new Date(), traceparent: null },
})

/** As discovering does, which has the ledger analysed; the other tables are not until autovacuum comes by. */
const enterOthers = async (store: Store, runId: RunId, from = 1, to = OTHERS): Promise<void> => {
  const others = Array.from({ length: to - from + 1 }, (_, i) => ({ key: `move/${from + i}`, resourceType: 'move' }))
  await enterRequests(store, runId, 'pokepedia.ingest', others)
}

const fill = async (store: Store, from = 1, to = OTHERS): Promise<void> => {
  await store.query(
    'filling',
    `with others as (select 'move/' || n as path, n from generate_series(${from}, ${to}) n),
       checks as (insert into pokepedia_resource_checks (path, checked_at) select path, now() from others),
       media as (insert into pokepedia_asset_references (resource_path, json_pointer, source_url, kind)
         select path, '/a', 'http://m/' || n || '.png', 'sprite' from others)
     insert into pokeapi_resources (path, resource_type, resource_id, url, data, content_hash, fetched_at, changed_at)
       select path, 'move', n, 'http://m/' || n, '{}', 'h', now(), now() from others`,
  )
}

const analyse = async (store: Store): Promise<void> => {
  for (const table of TABLES) await store.query('analysing', `analyze ${table}`)
}

interface Before {
  readonly what: string
  /** Makes the tables what they are when the first batch is planned. */
  readonly make: (store: Store, runId: RunId) => Promise<void>
  /** What comes between the first batch and the second. */
  readonly next: (store: Store, runId: RunId) => Promise<void>
}

const enterAndFill = async (store: Store, runId: RunId, from = 1, to = OTHERS): Promise<void> => {
  await enterOthers(store, runId, from, to)
  await fill(store, from, to)
}

const BEFORE: readonly Before[] = [
  { what: 'known to be empty', make: analyse, next: enterAndFill },
  { what: 'empty, which nobody knew', make: async () => undefined, next: enterAndFill },
  { what: 'empty, in a run that had begun', make: enterOthers, next: (store) => fill(store) },
  {
    what: 'known to hold a little',
    async make(store, runId) {
      await saveResources(store, batch(runId, 21))
      await analyse(store)
    },
    next: enterAndFill,
  },
  {
    what: 'known to hold some',
    async make(store, runId) {
      await enterAndFill(store, runId, 1, SOME)
      await analyse(store)
    },
    next: (store, runId) => enterAndFill(store, runId, SOME + 1),
  },
  {
    what: 'known to be full',
    async make(store, runId) {
      await enterAndFill(store, runId)
      await analyse(store)
    },
    next: analyse,
  },
]

for (const { what, make, next } of BEFORE)
  test(`what was planned while the tables were ${what} does not read them whole when they are full`, async () => {
    const { store, url } = await freshStoreUrl()
    // One connection, which keeps its plans.
    await using kept = openStore({ url, poolSize: 1 }, log)
    const runId = await newRun(store)
    await make(store, runId)
    await saveResources(kept, batch(runId, 1))
    await next(store, runId)
    const read = await rowsReadFor(kept, () => saveResources(kept, batch(runId, 11)))
    assert.ok(read <= 100, `${read} rows were read to save 2 resources`)
  })

test('what was planned while nothing was in flight does not read all that is, once it is much', async () => {
  const { store, url } = await freshStoreUrl()
  await using kept = openStore({ url, poolSize: 1 }, log)
  const files = (first: number, count: number) =>
    Array.from({ length: count }, (_, i) => `http://h.test/${first + i}.png`)
  const enterMedia = (runId: RunId, urls: readonly string[]) =>
    store.query('entering media', 'select pokepedia_enter_requests($1, $2, $3, $4)', [
      ...[runId, spritesQueue.name, urls, urls.map(() => 'pokemon')],
    ])
  const save = (runId: RunId, urls: readonly string[]) =>
    saveAssets(
      kept,
      urls.map((file) => asset(file, runId)),
    )
  const [earlier, later] = [await newRun(store), await newRun(store)]
  await enterMedia(earlier, files(1, OTHERS))
  await save(earlier, files(1, OTHERS))
  await store.query('vacuuming', 'vacuum analyze pokepedia_run_ledger, pokepedia_assets')
  // Planned now, and kept.
  await save(earlier, files(1, 2))
  await enterMedia(later, files(1, OTHERS))
  const read = await rowsReadFor(kept, () => save(later, files(1, 2)))
  assert.ok(read <= 100, `${read} rows were read to save 2 files`)
})

test('what is saved for no run does not read what a run has in flight', async () => {
  const { store, url } = await freshStoreUrl()
  await using kept = openStore({ url, poolSize: 1 }, log)
  const runId = await newRun(store)
  await enterAndFill(store, runId)
  await store.query(
    'entering media',
    `insert into pokepedia_run_ledger (run_id, queue, key, resource_type, requested_by)
     select $1, $2, 'http://m/' || n, 'move', 'move/' || 1 + n % 20 from generate_series(1, ${OTHERS}) n`,
    [runId, spritesQueue.name],
  )
  await store.query('settling', `update pokepedia_run_ledger set outcome = 'stored' where queue = $1`, [
    ingestQueue.name,
  ])
  await analyse(store)
  const mine = Array.from({ length: 32 }, (_, i) => batch(null, 1 + 2 * i)).flat()
  await saveResources(kept, mine)
  const read = await rowsReadFor(kept, () => saveResources(kept, mine))
  assert.ok(read <= 3_000, `${read} rows were read to save ${mine.length} resources`)
})

test('plans are kept where the tables are known to be full, and made anew where they are known to be small', async () => {
  const { store, url } = await freshStoreUrl()
  await using kept = openStore({ url, poolSize: 1 }, log)
  await enterAndFill(store, await newRun(store), 1, SOME)
  await kept.query(
    'asking',
    `create function pokepedia_test_mode() returns text language plpgsql
       set plan_cache_mode = force_generic_plan as $$
     begin
       perform pokepedia_plan_anew_if_small(array['${TABLES.join("', '")}']::regclass[]);
       return current_setting('plan_cache_mode');
     end $$`,
  )
  const modeAfter = async (): Promise<string> => {
    await analyse(store)
    const rows = await kept.query('asking', 'select pokepedia_test_mode() as mode')
    return modeRows.parse(rows)[0].mode
  }
  assert.equal(await modeAfter(), 'force_generic_plan')
  await store.query('emptying', `truncate ${TABLES.join(', ')}`)
  assert.equal(await modeAfter(), 'force_custom_plan')
  assert.equal(
    modeRows.parse(await kept.query('asking', `select current_setting('plan_cache_mode') as mode`))[0].mode,
    'auto',
  )
})
