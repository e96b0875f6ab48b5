import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiData, freshDatabase, importInto, start } from './import-support.ts'

const { folder } = await apiData(3)
const other = await freshDatabase()
await importInto(other.url, folder)

/** The database of another system, whose table lies in a schema of its own. */
const otherSystem = async (schema: string, columns: string): Promise<string> => {
  await other.store.query('making a schema', `create schema ${schema}`)
  await other.store.query(
    'making a table',
    `create table ${schema}.pokeapi_resources as select ${columns} from pokeapi_resources where path !~ 'encounters'`,
  )
  const url = new URL(other.url)
  url.searchParams.set('options', `-c search_path=${schema}`)
  return url.href
}

const resourcesOf = (store: typeof other.store, more = '') =>
  store.query(
    'reading',
    `select path, resource_type, resource_id, name, url, data ${more} from pokeapi_resources
     where path !~ 'encounters' order by path`,
  )

const layouts: readonly [string, string, string, string][] = [
  ['by type and key, as jsonb', 'by_key', `resource_type, resource_id::text as resource_key, data`, ''],
  // Text that is kept as it came has its hash, too.
  ['by path, as json', 'by_path', `'/api/v2/' || path || '/' as path, data::json as data`, ''],
]
for (const [layout, schema, columns, more] of layouts)
  test(`a table ${layout} becomes rows with references and projections, as old as it says`, async () => {
    const place = await otherSystem(schema, `${columns}, timestamptz '2020-01-02 03:04:05Z' as updated_at`)
    const { url, store } = await freshDatabase()
    const { code, counts } = await importInto(url, place)
    const expected = await resourcesOf(other.store, more)
    assert.equal(code, 0)
    assert.deepEqual(counts, { stored: expected.length, unchanged: 0, superseded: 0 })
    assert.deepEqual(await resourcesOf(store, more), expected)
    assert.deepEqual(await store.query('reading', 'select distinct fetched_at as at from pokeapi_resources'), [
      { at: new Date('2020-01-02T03:04:05Z') },
    ])
    assert.deepEqual(await store.query('reading', 'select count(*)::int as n from pokepedia_pokemon'), [{ n: 3 }])
    const again = await importInto(url, place)
    assert.deepEqual(again.counts, { stored: 0, unchanged: expected.length, superseded: 0 })
  })

test('what is no resource is passed over and named; a row without age gives way to any fetch', async () => {
  const place = await otherSystem('odd', `path, data`)
  await other.store.query('planting', `insert into odd.pokeapi_resources values ('a b', '{}')`)
  const { url } = await freshDatabase()
  await importInto(url, folder)
  const { code, counts, skipped } = await importInto(url, place)
  assert.equal(code, 0)
  assert.equal(counts.stored, 0)
  assert.deepEqual(skipped, [{ reason: 'unknown', count: 1, examples: [{ name: 'a b' }] }])
})

test('a database without such a table is refused by name, and without its password', async () => {
  const { url } = await freshDatabase()
  const { code, stderr } = await start(['import', await otherSystem('bare', 'data'), '--database', url]).ended
  assert.equal(code, 2)
  assert.match(stderr, /has no table pokeapi_resources with data and path/)
  assert.ok(!stderr.includes(new URL(url).password))
})
