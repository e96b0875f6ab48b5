import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { apiData, contentsOf, freshDatabase, freshFolder, importInto, UPSTREAM } from './import-support.ts'

const { folder, resources } = await apiData(3)
const archives = freshFolder()
const tar = (flags: string, name: string, ...what: string[]): string => {
  execFileSync('tar', [flags, join(archives, name), '-C', folder, ...what])
  return join(archives, name)
}

const first = await freshDatabase()

test('a checkout of api-data is stored whole, with references and projections', async () => {
  const { code, counts, skipped } = await importInto(first.url, folder)
  assert.equal(code, 0)
  assert.deepEqual(counts, { stored: resources, unchanged: 0, superseded: 0 })
  assert.deepEqual(skipped.map(({ reason }) => reason).sort(), ['index', 'list'])
  const rows = await first.store.query('reading', "select data, url from pokeapi_resources where path = 'pokemon/2'")
  const source = readFileSync(join(folder, 'data/api/v2/pokemon/2/index.json'), 'utf8')
  const data = JSON.parse(source.replaceAll('"/api/v2/', `"${UPSTREAM}`))
  assert.deepEqual(rows, [{ data, url: `${UPSTREAM}pokemon/2/` }])
  const projected = await first.store.query('reading', 'select id from pokepedia_pokemon order by id')
  assert.deepEqual(projected, [{ id: 1 }, { id: 2 }, { id: 3 }])
})

/** ditto's output: one folder less, links to another host, minified. */
const ditto = freshFolder()
cpSync(join(folder, 'data/api'), join(ditto, 'api'), { recursive: true })
for (const name of readdirSync(ditto, { recursive: true, encoding: 'utf8' }))
  if (name.endsWith('index.json')) {
    const text = readFileSync(join(ditto, name), 'utf8').replaceAll('"/api/v2/', '"https://mirror.example:8080/api/v2/')
    writeFileSync(join(ditto, name), JSON.stringify(JSON.parse(text)))
  }

const forms: readonly [string, string][] = [
  ['the API root itself', join(folder, 'data/api/v2')],
  ["a directory of ditto's output", ditto],
  ['a .tar', tar('-cf', 'a.tar', '.')],
  ['a .tar.gz', tar('-czf', 'a.tar.gz', 'data')],
  ['a .tar.xz of another name', tar('-cJf', 'a.bin', 'data')],
]
for (const [form, place] of forms)
  test(`${form} gives the same`, async () => {
    const { url, store } = await freshDatabase()
    const { code, counts } = await importInto(url, place)
    assert.equal(code, 0)
    assert.deepEqual(counts, { stored: resources, unchanged: 0, superseded: 0 })
    assert.deepEqual(await contentsOf(store), await contentsOf(first.store))
  })
