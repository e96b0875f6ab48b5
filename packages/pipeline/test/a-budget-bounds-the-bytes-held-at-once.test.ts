import assert from 'node:assert/strict'
import { setMaxListeners } from 'node:events'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { createByteBudget } from '../src/handling/byte-budget.ts'

const NEVER = new AbortController().signal
setMaxListeners(0, NEVER)
const LIMIT = 100
const MIB = 1024 * 1024

test('for any sizes everybody gets a turn', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(150), { maxLength: 30 }), async (sizes) => {
      const budget = createByteBudget(LIMIT)
      const holding = new Set<number>()
      let done = 0
      await Promise.all(
        sizes.map((bytes, place) =>
          budget.spend(NEVER, async (holds) => {
            await setImmediate()
            holds(bytes)
            holding.add(place)
            await setImmediate()
            holding.delete(place)
            done += 1
          }),
        ),
      )
      assert.equal(done, sizes.length)
      assert.equal(holding.size, 0)
    }),
    { numRuns: 50 },
  )
})

test('documents of one size are held up to the limit, however many ask', async () => {
  const budget = createByteBudget(64 * MIB)
  let holding = 0
  let most = 0
  const work = (): Promise<void> =>
    budget.spend(NEVER, async (holds) => {
      await setImmediate()
      holds(7 * MIB)
      holding += 1
      most = Math.max(most, holding)
      for (let turn = 0; turn < 3; turn += 1) await setImmediate()
      holding -= 1
    })
  await Promise.all(Array.from({ length: 16 }, work))
  most = 0
  await Promise.all(Array.from({ length: 64 }, work))
  assert.equal(most, 9)
})

test('small documents after large ones soon run side by side again', async () => {
  const budget = createByteBudget(64 * MIB)
  await budget.spend(NEVER, async (holds) => holds(60 * MIB))
  for (let i = 0; i < 60; i += 1) await budget.spend(NEVER, async (holds) => holds(1_000))
  let holding = 0
  await Promise.all(
    Array.from({ length: 32 }, () =>
      budget.spend(NEVER, async () => {
        holding += 1
        await setImmediate()
      }),
    ),
  )
  assert.equal(holding, 32)
})

test('a failure gives its bytes back, and a document over the limit runs alone', async () => {
  const budget = createByteBudget(LIMIT)
  const failing = budget.spend(NEVER, async (holds) => {
    holds(10 * LIMIT)
    throw new Error('no')
  })
  await assert.rejects(failing, /no/)
  assert.equal(await budget.spend(NEVER, async () => 'next'), 'next')
})

test('who waits can give up, and whoever stands behind goes on', async () => {
  const budget = createByteBudget(LIMIT)
  let finish = (): void => undefined
  const first = budget.spend(NEVER, (holds) => {
    holds(LIMIT)
    return new Promise<void>((resolve) => {
      finish = resolve
    })
  })
  const impatient = new AbortController()
  const second = budget.spend(impatient.signal, async () => 'second')
  const third = budget.spend(NEVER, async () => 'third')
  impatient.abort(new Error('deadline'))
  await assert.rejects(second, /deadline/)
  await assert.rejects(
    budget.spend(impatient.signal, async () => undefined),
    /deadline/,
  )
  finish()
  await first
  assert.equal(await third, 'third')
})
