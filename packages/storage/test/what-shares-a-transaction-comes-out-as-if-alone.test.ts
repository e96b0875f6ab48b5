import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPipelineError } from '@pokepedia/errors'
import type { RunId } from '@pokepedia/events'
import fc from 'fast-check'
import { Registry } from 'prom-client'
import { openResourceCache, openStore, type ResourceToSave, type Saved, type Store } from '../src/index.ts'
import { freshStore, freshStoreUrl, groupsOf, log, newRun, path, resource } from './support.ts'

/** A save or a confirmation of one of a few resources, at one of a few times. */
interface Step {
  readonly kind: 'save' | 'confirm'
  readonly id: number
  readonly version: number
  readonly second: number
  readonly run: number
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('save', 'save', 'confirm'),
    id: fc.integer({ min: 1, max: 4 }),
    version: fc.integer({ min: 1, max: 3 }),
    second: fc.integer({ min: 1, max: 9 }),
    run: fc.integer({ min: 0, max: 2 }),
  }),
  { minLength: 1, maxLength: 12 },
)

const toSave = ({ id, version, second }: Step, runId: RunId | null): ResourceToSave =>
  resource({
    runId,
    path: path(`pokemon/${id}`),
    resourceId: id,
    name: `n${version}`,
    text: JSON.stringify({ id, version }),
    contentHash: `h${version}`,
    etag: `"${version}"`,
    fetchedAt: new Date(second * 1_000),
    references: Array.from({ length: version }, (_, i) => ({
      url: `http://127.0.0.1/${id}/${version}/${i % 2}.png`,
      pointer: `/sprites/${i}`,
      kind: i === 1 ? 'cry' : 'sprite',
    })),
    pokemon:
      version === 3
        ? null
        : {
            ...{ id, name: `n${version}`, species: null, height: version, weight: 1, base_experience: null },
            ...{ sort_order: null, is_default: true, types: ['fire'], abilities: [], stats: { hp: version } },
            ...{ sprite_key: null, shiny_sprite_key: null, artwork_key: null, animated_key: null, cry_key: null },
          },
  })

const toConfirm = ({ id, version, second }: Step, runId: RunId | null) => ({
  runId,
  path: path(`pokemon/${id}`),
  resourceType: 'pokemon',
  checkedAt: new Date(second * 1_000),
  etag: null,
  contentHash: `h${version}`,
  requestKinds: ['sprite' as const],
})

/** Everything that both ways write, but for the clock of the database. */
const tablesOf = async (store: Store, runs: readonly (RunId | null)[]) => {
  const read = (table: string, columns: string) =>
    store.query('test', `select ${columns} from ${table} order by ${columns}`)
  return {
    resources: await read('pokeapi_resources', 'path, name, data, content_hash, etag, status, fetched_at'),
    checks: await read('pokepedia_resource_checks', 'path, checked_at, etag'),
    references: await read('pokepedia_asset_references', 'resource_path, json_pointer, source_url, kind'),
    pokemon: await read('pokepedia_pokemon', 'id, name, height, stats, updated_at'),
    changes: await read('pokepedia_changes', 'path, changed_at, old_hash, new_hash, pointers, more_pointers'),
    ledger: await store.query(
      'test',
      `select array_position($1::uuid[], run_id), queue, key, resource_type, requested_by, outcome
       from pokepedia_run_ledger order by 1, 2, 3`,
      [runs],
    ),
  }
}

/** Runs none, one that goes on and one that has ended, with every resource entered. */
const runsOf = async (store: Store): Promise<readonly (RunId | null)[]> => {
  const runs = [await newRun(store), await newRun(store)] as const
  for (const run of runs)
    await store.query('test', 'select pokepedia_enter_requests($1, $2, $3, $4)', [
      ...[run, 'pokepedia.ingest'],
      ...[[1, 2, 3, 4].map((id) => `pokemon/${id}`), [1, 2, 3, 4].map(() => 'pokemon')],
    ])
  await store.query('test', "update pokepedia_runs set state = 'completed' where id = $1", [runs[1]])
  return [null, ...runs]
}

/** The functions that the version before calls, for one resource each. */
const alone = async (store: Store, step: Step, runId: RunId | null): Promise<unknown> => {
  const saving = toSave(step, runId)
  const confirming = toConfirm(step, runId)
  const rows =
    step.kind === 'save'
      ? await store.query(
          'test',
          `select * from pokepedia_save_resource(${[...Array(14)].map((_, i) => `$${i + 1}`)})`,
          [
            ...[runId, saving.path, saving.resourceType, saving.resourceId, saving.name, saving.url, saving.text],
            ...[saving.contentHash, saving.etag, saving.fetchedAt, JSON.stringify(saving.references)],
            ...[saving.pokemon === null ? null : JSON.stringify(saving.pokemon), saving.requestKinds, null],
          ],
        )
      : await store.query('test', 'select * from pokepedia_confirm_resource($1, $2, $3, $4, $5, $6, $7)', [
          ...[runId, confirming.path, confirming.resourceType, confirming.checkedAt, null, confirming.requestKinds],
          confirming.contentHash,
        ])
  const [first, ...sprites] = rows as { outcome: string; url: string; pointer: string }[]
  return first && { outcome: first.outcome, sprites: sprites.map(({ url, pointer }) => ({ url, pointer })) }
}

/** Media are asked for in any order. */
const inOrder = (saved: Saved): Saved => ({
  ...saved,
  sprites: saved.sprites.toSorted((a, b) => (a.url < b.url ? -1 : 1)),
})

test('whatever is saved and confirmed at once comes out as if one had come after the other', async () => {
  const [together, apart] = [await freshStore(), await freshStore()]
  const cache = openResourceCache(together)
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      for (const store of [together, apart])
        await store.query(
          'test',
          `truncate pokeapi_resources, pokepedia_resource_checks, pokepedia_asset_references, pokepedia_pokemon,
             pokepedia_changes, pokepedia_run_ledger, pokepedia_runs`,
        )
      const [runsTogether, runsApart] = [await runsOf(together), await runsOf(apart)]
      // Saves and confirmations travel apart: a group of one kind is handed over at once, then the next.
      for (const group of groupsOf(all, ({ kind }) => kind)) {
        const mine = await Promise.all(
          group.map((step) => {
            const runId = runsTogether[step.run] ?? null
            const answer =
              step.kind === 'save' ? cache.save(toSave(step, runId)) : cache.confirm(toConfirm(step, runId))
            return answer.then(inOrder).catch((error: unknown) => {
              if (isPipelineError(error) && error.code === 'pg_conflict') return undefined
              throw error
            })
          }),
        )
        const theirs: unknown[] = []
        for (const step of group) theirs.push(await alone(apart, step, runsApart[step.run] ?? null))
        assert.deepEqual(mine, theirs)
      }
      assert.deepEqual(await tablesOf(together, runsTogether), await tablesOf(apart, runsApart))
    }),
    { numRuns: 60 },
  )
})

test('a document that Postgres refuses is refused alone, and its neighbours are stored', async () => {
  const store = await freshStore()
  const cache = openResourceCache(store)
  const texts = ['{"a":1}', '{"a":"\\u0000"}', '{"a":3}']
  const ended = await Promise.allSettled(
    texts.map((text, i) => cache.save(resource({ path: path(`berry/${i}`), text, contentHash: text }))),
  )
  assert.deepEqual(
    ended.map((one) =>
      one.status === 'fulfilled' ? one.value.outcome : isPipelineError(one.reason) && one.reason.code,
    ),
    ['stored', 'json_not_storable', 'stored'],
  )
  const rows = await store.query('test', 'select path from pokeapi_resources order by path')
  assert.deepEqual(rows, [{ path: 'berry/0' }, { path: 'berry/2' }])
})

test('what is asked for at once takes few statements', async () => {
  const { url } = await freshStoreUrl()
  const registry = new Registry()
  await using store = openStore({ url, poolSize: 3, registry }, log)
  const cache = openResourceCache(store)
  const paths = Array.from({ length: 200 }, (_, i) => path(`berry/${i}`))
  await Promise.all(paths.map((one) => cache.save(resource({ path: one }))))
  const known = await Promise.all(paths.map(cache.validators))
  assert.ok(known.every((one) => one?.contentHash === 'h1'))
  const statements = /query_duration_seconds_count\{operation="save_resources"\} (\d+)/.exec(await registry.metrics())
  assert.ok(Number(statements?.[1]) <= 10, `${statements?.[1]} statements`)
})

test('two ingestors that save resources with the same media wait for no one in a circle', async () => {
  const { store, url } = await freshStoreUrl()
  const runId = await newRun(store)
  await using other = openStore({ url, poolSize: 3 }, log)
  const media = Array.from({ length: 20 }, (_, i) => `http://127.0.0.1/shared/${i}.png`)
  const references = media.map((one, i) => ({ url: one, pointer: `/sprites/${i}`, kind: 'sprite' as const }))
  const caches = [openResourceCache(store), openResourceCache(other)] as const
  const saves = Array.from({ length: 300 }, (_, i) =>
    caches[i % 2 === 0 ? 0 : 1].save(resource({ runId, path: path(`berry/${i}`), references })),
  )
  const saved = await Promise.all(saves)
  assert.ok(saved.every(({ outcome }) => outcome === 'stored'))
  const askedFor = saved.flatMap(({ sprites }) => sprites.map((sprite) => sprite.url))
  assert.deepEqual(askedFor.sort(), media.sort())
})
