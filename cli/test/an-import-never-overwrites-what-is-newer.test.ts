import assert from 'node:assert/strict'
import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { resourceOf } from '@pokepedia/documents'
import { resourcePath } from '@pokepedia/events'
import { markGone, openResourceCache } from '@pokepedia/storage'
import { apiData, freshDatabase, importInto, UPSTREAM } from './import-support.ts'

const { root, resources } = await apiData(3)
const { url, store } = await freshDatabase()
const cache = openResourceCache(store)
const fileOf = (path: string): string => join(root, path, 'index.json')
const versions = () =>
  store.query('reading', 'select path, xmin::text, content_hash from pokeapi_resources order by path')

/** Stores what the pipeline would store of an answer that was asked for then. */
const fetched = (path: string, text: string, fetchedAt: Date) => {
  const where = { path: resourcePath(path), url: `${UPSTREAM}${path}/` }
  const content = resourceOf(where, { text, value: JSON.parse(text) })
  return cache.save({
    ...{ ...content, fetchedAt, etag: '"v"' },
    ...{ runId: null, requestKinds: [], traceparent: null },
  })
}
const hoursFromNow = (hours: number): Date => new Date(Date.now() + hours * 3_600_000)
const nameOf = async (path: string): Promise<unknown> =>
  (await store.query('reading', 'select name from pokeapi_resources where path = $1', [path]))[0]

test('a newer fetch stands, an older one is replaced, an equal one is left alone with its validator', async () => {
  await fetched('pokemon/1', '{"name":"newer"}', hoursFromNow(1))
  await fetched('pokemon/2', '{"name":"older"}', hoursFromNow(-1))
  const equal = readFileSync(fileOf('type/1'), 'utf8').replaceAll('"/api/v2/', `"${UPSTREAM}`)
  await fetched('type/1', equal, hoursFromNow(-1))
  const before = await versions()

  const { code, counts } = await importInto(url, root)
  assert.equal(code, 0)
  assert.deepEqual(counts, { stored: resources - 2, unchanged: 1, superseded: 1 })
  assert.deepEqual(await nameOf('pokemon/1'), { name: 'newer' })
  assert.notDeepEqual(await nameOf('pokemon/2'), { name: 'older' })
  assert.equal((await cache.validators(resourcePath('type/1')))?.etag, '"v"')
  const after = await versions()
  for (const row of before.filter((row) => !JSON.stringify(row).includes('pokemon/2')))
    assert.ok(
      after.some((one) => JSON.stringify(one) === JSON.stringify(row)),
      JSON.stringify(row),
    )
})

test('the same again rewrites nothing', async () => {
  const before = await versions()
  const { counts } = await importInto(url, root)
  assert.deepEqual(counts, { stored: 0, unchanged: resources - 1, superseded: 1 })
  assert.deepEqual(await versions(), before)
})

test('what the upstream has told to be gone stays gone, and comes back with a newer file', async () => {
  const status = () => store.query('reading', "select status from pokeapi_resources where path = 'type/2'")
  await markGone(store, { runId: null, path: resourcePath('type/2'), at: new Date() })
  utimesSync(fileOf('type/2'), hoursFromNow(-1), hoursFromNow(-1))
  await importInto(url, root)
  assert.deepEqual(await status(), [{ status: 'gone' }])
  utimesSync(fileOf('type/2'), new Date(), new Date())
  await importInto(url, root)
  assert.deepEqual(await status(), [{ status: 'present' }])
})

test('a file from the future is as old as the import, so that later fetches are not refused', async () => {
  writeFileSync(fileOf('type/3'), '{"name":"from the future"}')
  utimesSync(fileOf('type/3'), hoursFromNow(100), hoursFromNow(100))
  await importInto(url, root)
  assert.deepEqual(await nameOf('type/3'), { name: 'from the future' })
  assert.equal((await fetched('type/3', '{"name":"later"}', new Date())).outcome, 'stored')
})
