import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { freshStore } from './support.ts'

const store = await freshStore()
const pointersOf = async (before: unknown, now: unknown, limit = 10_000): Promise<string[]> => {
  const text = 'select pokepedia_changed_pointers($1, $2, $3) as pointer'
  const rows = await store.query('test', text, [JSON.stringify(before), JSON.stringify(now), limit])
  return z
    .array(z.object({ pointer: z.string() }))
    .parse(rows)
    .map(({ pointer }) => pointer)
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
const isBranch = (value: unknown): value is Record<string, Json> => typeof value === 'object' && value !== null
const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
const at = (value: Json, steps: readonly string[]): Json | undefined => {
  let here: Json | undefined = value
  for (const step of steps) here = isBranch(here) && Object.hasOwn(here, step) ? here[step] : undefined
  return here
}

/** The document before with what the one of now has at each pointer. */
const patched = (before: Json, now: Json, pointers: readonly string[]): Json => {
  const document: Json = structuredClone(before)
  // From the end, so that places in an array that are taken away do not move others.
  for (const pointer of pointers.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }))) {
    const steps = stepsOf(pointer)
    const last = steps.at(-1)
    if (last === undefined) return now
    const parent = at(document, steps.slice(0, -1))
    if (!isBranch(parent)) assert.fail(`${pointer} leads nowhere`)
    const value = at(now, steps)
    if (value !== undefined)
      Object.defineProperty(parent, last, { value, enumerable: true, writable: true, configurable: true })
    else if (Array.isArray(parent)) parent.splice(Number(last), 1)
    else delete parent[last]
  }
  return document
}

const key = fc.constantFrom('a', 'b', 'c', '', '/', '~', '~1', 'a/b', '0', '1', 'é')
const leaf = fc.oneof(fc.constantFrom(null, true, false, '', 'x', 'y'), fc.integer({ min: 0, max: 3 }))
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(key, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

test('the new values at the pointers, put into the old document, make the new one; equal documents have none', async () => {
  await fc.assert(
    fc.asyncProperty(json, json, async (before, now) => {
      const pointers = await pointersOf(before, now)
      assert.equal(new Set(pointers).size, pointers.length)
      assert.deepEqual(patched(before, now, pointers), now, JSON.stringify({ before, now, pointers }))
      assert.deepEqual(await pointersOf(now, now), [])
    }),
    { numRuns: 150 },
  )
})

test('only the deepest places are named, those near the root first, and no more than wanted', async () => {
  const before = { deep: { er: { est: 1 } }, top: 1, same: [1, { x: 2 }], list: [1, 2], kind: [] }
  const now = { deep: { er: { est: 2 } }, top: 2, same: [1, { x: 2 }], list: [1, 3, 4], kind: {} }
  const pointers = await pointersOf(before, now)
  assert.deepEqual(pointers.toSorted(), ['/deep/er/est', '/kind', '/list/1', '/list/2', '/top'])
  assert.equal(pointers.at(-1), '/deep/er/est')
  assert.equal((await pointersOf(before, now, 2)).length, 2)
})

test('a document a thousand levels deep is looked into as far as a pointer of 500 characters', async () => {
  const nested = (depth: number, leafValue: number): string =>
    `${'{"a":'.repeat(depth)}${leafValue}${'}'.repeat(depth)}`
  const text = 'select pokepedia_changed_pointers($1, $2, 10) as pointer'
  const rows = await store.query('test', text, [nested(1_000, 1), nested(1_000, 2)])
  const [{ pointer }] = z.tuple([z.object({ pointer: z.string() })]).parse(rows)
  assert.ok(pointer.length > 500 && pointer.length < 600, `${pointer.length} characters`)
})
