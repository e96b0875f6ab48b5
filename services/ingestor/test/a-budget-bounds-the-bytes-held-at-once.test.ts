import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { createByteBudget } from '../src/byte-budget.ts'

const NEVER = new AbortController().signal

test('for any sizes, the bytes held stay within the limit or belong to one document, and all get their turn', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(30), { maxLength: 20 }), async (sizes) => {
      const budget = createByteBudget(20)
      const done: number[] = []
      let held = 0
      let holders = 0
      await Promise.all(
        sizes.map((bytes, place) =>
          budget.spend(bytes, NEVER, async () => {
            held += bytes
            holders += 1
            assert.ok(held <= 20 || held === bytes, `${holders} hold ${held}`)
            await setImmediate()
            held -= bytes
            holders -= 1
            done.push(place)
          }),
        ),
      )
      assert.equal(done.length, sizes.length)
    }),
    { numRuns: 50 },
  )
})

test('a failure gives its bytes back', async () => {
  const budget = createByteBudget(10)
  await assert.rejects(
    budget.spend(10, NEVER, () => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(await budget.spend(10, NEVER, async () => 'next'), 'next')
})

test('who waits can give up, and whoever stands behind goes on', async () => {
  const budget = createByteBudget(10)
  let finish = (): void => undefined
  const first = budget.spend(6, NEVER, () => new Promise<void>((resolve) => (finish = resolve)))
  const impatient = new AbortController()
  const large = budget.spend(9, impatient.signal, async () => 'large')
  const small = budget.spend(4, NEVER, async () => 'small')
  impatient.abort(new Error('deadline'))
  await assert.rejects(large, /deadline/)
  assert.equal(await small, 'small')
  await assert.rejects(
    budget.spend(1, impatient.signal, async () => undefined),
    /deadline/,
  )
  finish()
  await first
})
