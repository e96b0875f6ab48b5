import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rebuild } from '../src/project/rebuild.ts'
import { apiData, contentsOf, freshDatabase, importInto } from './import-support.ts'

const { folder, resources } = await apiData(12)
const { url, store } = await freshDatabase()
assert.equal((await importInto(url, folder)).code, 0)
const before = await contentsOf(store)
const again = () => rebuild(store, () => undefined)

test('what is right is not written', async () => {
  assert.deepEqual(await again(), { documents: resources, pokemon: 0, references: 0, removed: 0, unreadable: [] })
  assert.deepEqual(await contentsOf(store), before)
})

test('what is missing, wrong or of no document is as the documents say afterwards, without an upstream', async () => {
  await store.query('spoiling', "update pokepedia_pokemon set name = 'nobody', types = '{}' where id = 1")
  await store.query('spoiling', 'delete from pokepedia_pokemon where id in (2, 3)')
  await store.query(
    'spoiling',
    `insert into pokepedia_pokemon (id, resource_path, name) values (9999, 'pokemon/9999', 'nobody')`,
  )
  await store.query('spoiling', "delete from pokepedia_asset_references where resource_path = 'pokemon/4'")
  await store.query(
    'spoiling',
    `insert into pokepedia_asset_references (resource_path, json_pointer, source_url, kind)
     values ('pokemon/5', '/nowhere', 'https://raw.githubusercontent.com/x.png', 'sprite')`,
  )
  const { documents, pokemon, references, removed } = await again()
  assert.deepEqual({ documents, pokemon, removed }, { documents: resources, pokemon: 3, removed: 1 })
  assert.ok(references > 0)
  assert.deepEqual(await contentsOf(store), before)
  assert.deepEqual(await again(), { documents: resources, pokemon: 0, references: 0, removed: 0, unreadable: [] })
})

test('a document that nobody can read keeps its rows and is named', async () => {
  await store.query('spoiling', `update pokeapi_resources set data = '[1]' where path = 'pokemon/6'`)
  const { unreadable } = await again()
  assert.deepEqual(
    unreadable.map(({ path }) => path),
    ['pokemon/6'],
  )
  assert.equal((await store.query('reading', 'select from pokepedia_pokemon where id = 6')).length, 1)
})
