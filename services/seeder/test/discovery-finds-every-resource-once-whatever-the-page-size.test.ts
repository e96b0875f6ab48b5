import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resourcePath } from '@pokepedia/events'
import { createLog } from '@pokepedia/service'
import fc from 'fast-check'
import { discover, type Selection } from '../src/discover.ts'
import type { ListSource } from '../src/lists.ts'
import type { Discovered } from '../src/resources.ts'
import { API_ROOT, stubLists } from './list-stub.ts'

const log = createLog('seeder', 'silent')
const signal = new AbortController().signal

const found = (source: ListSource, selection: Selection = {}, pageSize = 1_000): Promise<Discovered[]> =>
  discover(selection, { source, log, signal, pageSizeOf: () => pageSize })
const pathsOf = (entries: readonly Discovered[]): string[] => entries.map((entry) => entry.path)
const expectedOf = (lists: Readonly<Record<string, readonly number[]>>): string[] =>
  Object.entries(lists).flatMap(([type, ids]) =>
    [...new Set(ids)].flatMap((id) =>
      type === 'pokemon' ? [`${type}/${id}`, `${type}/${id}/encounters`] : [`${type}/${id}`],
    ),
  )

const ids = fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 60 })
const someLists = fc
  .record({ berry: ids, pokemon: ids, type: ids })
  .filter((lists) => Object.values(lists).some((list) => list.length > 0))
const size = fc.integer({ min: 1, max: 70 })

test('every resource is found once, whatever the page size, the cap of the host and duplicates in the lists', () =>
  fc.assert(
    fc.asyncProperty(someLists, size, size, async (lists, pageSize, pageCap) => {
      const paths = pathsOf(await found(stubLists({ lists, pageCap }), {}, pageSize))
      assert.deepEqual(paths.toSorted(), expectedOf(lists).toSorted())
    }),
  ))

test('a count that lies and a next that points to itself or to another host neither hide a resource nor loop', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 60 }),
      size,
      fc.integer({ min: 0, max: 1_000_000 }),
      fc.constantFrom('self', 'elsewhere'),
      async (berry, pageSize, count, link) => {
        const next = (_more: boolean, url: string) => (link === 'self' ? url : 'http://elsewhere.test/')
        const source = stubLists({ lists: { berry }, count: () => count, next })
        assert.deepEqual(pathsOf(await found(source, { types: ['berry'] }, pageSize)), expectedOf({ berry }))
        assert.ok(source.reads.every((url) => url.startsWith(API_ROOT)))
      },
    ),
  ))

test('with a limit the types take turns, and the resources of one type keep the order of the list', () =>
  fc.assert(
    fc.asyncProperty(someLists, fc.integer({ min: 1, max: 200 }), size, async (lists, limit, pageSize) => {
      const everything = expectedOf(lists)
      const paths = pathsOf(await found(stubLists({ lists }), { limit }, pageSize))
      assert.equal(paths.length, Math.min(limit, everything.length))
      assert.equal(new Set(paths).size, paths.length)
      const types = Object.values(lists).filter((list) => list.length > 0)
      const sampled = new Set(paths.map((path) => path.split('/')[0]))
      assert.equal(sampled.size, Math.min(limit, types.length))

      const wholeType = pathsOf(
        await found(stubLists({ lists: { pokemon: [3, 1, 2] } }), { types: ['pokemon'], limit: 4 }),
      )
      assert.deepEqual(wholeType, ['pokemon/3', 'pokemon/1', 'pokemon/2', 'pokemon/3/encounters'])
    }),
  ))

test('named paths come first and count towards the limit', async () => {
  const source = stubLists({ lists: { berry: [1, 2, 3], type: [1, 2] } })
  const paths = ['berry/2', 'berry/2', 'move/7'].map(resourcePath)
  assert.deepEqual(pathsOf(await found(source, { paths })), ['berry/2', 'move/7'])
  assert.deepEqual(source.reads, [], 'named paths need no list')
  assert.deepEqual(pathsOf(await found(source, { paths, types: ['berry'] })), [
    'berry/2',
    'move/7',
    'berry/1',
    'berry/3',
  ])
  assert.deepEqual(pathsOf(await found(source, { paths, types: ['berry'], limit: 3 })), [
    'berry/2',
    'move/7',
    'berry/1',
  ])
})

test('a list that shrinks while it is paged is read again, so that nothing is passed over', async () => {
  const berry = Array.from({ length: 30 }, (_, i) => i + 1)
  const source = stubLists({ lists: { berry } })
  const shrinking: ListSource = {
    ...source,
    async read(url, abort) {
      const page = await source.read(url, abort)
      // The first entry goes after the first page was read, so the second page begins one entry too far.
      if (berry[0] === 1 && url.includes('offset=0')) berry.shift()
      return page
    },
  }
  const paths = pathsOf(await found(shrinking, {}, 10))
  assert.deepEqual(paths.toSorted(), expectedOf({ berry: [1, ...berry] }).toSorted())
})

test('what lies outside the API root is refused, a key without a list is skipped, and a named one is an error', async () => {
  const source = stubLists({ lists: { berry: [1] } })
  const results = ['http://elsewhere.test/api/v2/berry/2/', '/api/v2/berry/3/', `${API_ROOT}move/4/`, 5, null]
  const strange: ListSource = {
    ...source,
    async read(url, abort) {
      const page = await source.read(url, abort)
      return page && 'results' in page ? { ...page, results: results.map((link) => ({ url: link })) } : page
    },
  }
  assert.deepEqual(pathsOf(await found(strange)), ['berry/3'])
  await assert.rejects(found(source, { types: ['meta'] }), { code: 'type_unknown' })
  await assert.rejects(found(source, { types: ['__proto__', 'berry'] }), /no type "__proto__"; it has berry, meta/)
})
