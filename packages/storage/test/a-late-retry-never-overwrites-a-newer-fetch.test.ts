import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { markGone } from '../src/index.ts'
import { confirmUnchanged, freshStore, path, resource, resourceValidators, saveResource } from './support.ts'

const store = await freshStore()

test('whatever the order in which fetches arrive, the newest one stands', async () => {
  let id = 0
  const fetches = fc.uniqueArray(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(fetches, async (order) => {
      id += 1
      const at = path(`berry/${id}`)
      for (const second of order) {
        const newest = Math.max(...order.slice(0, order.indexOf(second) + 1)) === second
        const { outcome } = await saveResource(
          store,
          resource({
            path: at,
            contentHash: `h${second}`,
            text: JSON.stringify({ second }),
            fetchedAt: new Date(second * 1_000),
          }),
        )
        assert.equal(outcome, newest ? 'stored' : 'superseded')
      }
      const newest = Math.max(...order)
      const rows = await store.query('test', 'select data, content_hash from pokeapi_resources where path = $1', [at])
      assert.deepEqual(rows, [{ data: { second: newest }, content_hash: `h${newest}` }])
    }),
    { numRuns: 30 },
  )
})

test('whatever the order of answers, of whatever kind, the resource is as the newest says', async () => {
  let id = 0
  const answer = fc.record({
    kind: fc.constantFrom('save', 'gone', 'confirm'),
    second: fc.integer({ min: 1, max: 99 }),
  })
  const answers = fc.uniqueArray(answer, { minLength: 1, maxLength: 8, selector: ({ second }) => second })
  await fc.assert(
    fc.asyncProperty(answers, async (order) => {
      id += 1
      const at = path(`move/${id}`)
      let newest = 0
      let expected: { status: string; second: number } | undefined
      for (const { kind, second } of order) {
        const when = new Date(second * 1_000)
        const late = second < newest
        if (kind === 'save') {
          const text = JSON.stringify({ second })
          await saveResource(store, resource({ path: at, contentHash: text, text, fetchedAt: when }))
          if (!late) expected = { status: 'present', second }
        } else if (kind === 'gone') {
          await markGone(store, { runId: null, path: at, at: when })
          if (!late && expected) expected = { ...expected, status: 'gone' }
        } else {
          // A 304 needs a document that it can speak of.
          if (!expected) continue
          const checked = { checkedAt: when, etag: '"1"', requestKinds: [] }
          await confirmUnchanged(store, { runId: null, path: at, resourceType: 'move', ...checked })
          if (!late) expected = { ...expected, status: 'present' }
        }
        newest = Math.max(newest, second)
      }
      const rows = await store.query(
        'test',
        "select status, (data->>'second')::int as second from pokeapi_resources where path = $1",
        [at],
      )
      assert.deepEqual(rows, expected ? [expected] : [])
    }),
    { numRuns: 60 },
  )
})

test('a late 304 and a late 404 change nothing either', async () => {
  const at = path('type/1')
  await saveResource(store, resource({ path: at, fetchedAt: new Date(2_000) }))
  const late = {
    runId: null,
    path: at,
    resourceType: 'type',
    checkedAt: new Date(1_000),
    etag: '"old"',
    requestKinds: [],
  }
  assert.equal((await confirmUnchanged(store, late)).outcome, 'superseded')
  assert.equal(await markGone(store, { runId: null, path: at, at: new Date(1_000) }), 'superseded')
  assert.deepEqual(await resourceValidators(store, at), { etag: '"1"', contentHash: 'h1' })
})

test('what is gone upstream is kept and marked, and comes back when it is there again', async () => {
  const at = path('type/2')
  await saveResource(store, resource({ path: at, fetchedAt: new Date(1_000) }))
  assert.equal(await markGone(store, { runId: null, path: at, at: new Date(2_000) }), 'gone')
  assert.equal(await resourceValidators(store, at), undefined)
  const rows = await store.query('test', 'select status, data from pokeapi_resources where path = $1', [at])
  assert.deepEqual(rows, [{ status: 'gone', data: { id: 25, name: 'pikachu' } }])
  assert.equal((await saveResource(store, resource({ path: at, fetchedAt: new Date(3_000) }))).outcome, 'stored')
})

test('fetches that arrive at the same time leave the newest one as well', async () => {
  for (let round = 0; round < 10; round += 1) {
    const at = path(`item/${round}`)
    const seconds = Array.from({ length: 8 }, (_, i) => i + 1)
    await Promise.all(
      seconds
        .toSorted((a, b) => ((a * 5) % 8) - ((b * 5) % 8))
        .map((second) => {
          const text = JSON.stringify({ second })
          const references = [{ url: `http://h.test/${second}.png`, pointer: '/a', kind: 'sprite' as const }]
          const fetchedAt = new Date(second * 1_000)
          return saveResource(store, resource({ path: at, contentHash: text, text, fetchedAt, references }))
        }),
    )
    const rows = await store.query(
      'test',
      `select data, source_url from pokeapi_resources join pokepedia_asset_references on resource_path = path
       where path = $1`,
      [at],
    )
    assert.deepEqual(rows, [{ data: { second: 8 }, source_url: 'http://h.test/8.png' }])
  }
})
