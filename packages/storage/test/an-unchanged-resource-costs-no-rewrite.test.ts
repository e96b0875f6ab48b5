import assert from 'node:assert/strict'
import { test } from 'node:test'

import { confirmUnchanged, freshStore, path, resource, saveResource } from './support.ts'

const store = await freshStore()
const versions = (): Promise<unknown[]> =>
  store.query('test', 'select path, xmin::text, ctid::text from pokeapi_resources order by path')

test('equal content and a 304 leave the row as it is, byte for byte', async () => {
  await saveResource(store, resource())
  const before = await versions()
  const later = new Date('2026-02-01T00:00:00Z')
  const again = await saveResource(store, resource({ fetchedAt: later, etag: '"2"' }))
  const confirmed = await confirmUnchanged(store, {
    runId: null,
    path: path('pokemon/25'),
    resourceType: 'pokemon',
    checkedAt: new Date('2026-03-01T00:00:00Z'),
    etag: '"2"',
    requestKinds: ['sprite'],
  })
  assert.deepEqual([again.outcome, confirmed.outcome], ['unchanged', 'unchanged'])
  assert.deepEqual(await versions(), before)
  assert.deepEqual(confirmed.sprites, [{ url: 'http://127.0.0.1/a.png', pointer: '/sprites/front_default' }])
})

test('numbers keep every digit', async () => {
  const text = '{"id":1,"big":90071992547409931,"tiny":1.10,"huge":1e400}'
  await saveResource(store, resource({ path: path('berry/1'), text }))
  const [row] = await store.query(
    'test',
    "select data ->> 'big' as big, data ->> 'tiny' as tiny from pokeapi_resources where path = 'berry/1'",
  )
  assert.deepEqual(row, { big: '90071992547409931', tiny: '1.10' })
})

for (const [what, text] of [
  ['a NUL character', '{"a":"\\u0000"}'],
  ['a lone surrogate', '{"a":"\\ud800"}'],
  ['a number of more digits than numeric has', '{"a":1e200000}'],
] as const)
  test(`${what} is refused as json_not_storable`, () =>
    assert.rejects(saveResource(store, resource({ path: path('berry/2'), text })), { code: 'json_not_storable' }))
