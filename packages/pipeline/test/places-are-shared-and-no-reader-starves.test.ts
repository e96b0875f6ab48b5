import assert from 'node:assert/strict'
import { setMaxListeners } from 'node:events'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSharedSlots, type Slots } from '../src/group/slots.ts'

const NEVER = new AbortController().signal
setMaxListeners(0, NEVER)
const two = (total: number, forRetries: number): readonly [Slots, Slots] => {
  const [fresh, retries] = createSharedSlots(total, [Math.max(1, total - forRetries), forRetries])
  assert.ok(fresh && retries)
  return [fresh, retries]
}

const step = fc.record({ who: fc.constantFrom(0, 1), what: fc.constantFrom('take', 'give', 'leave') })

test('whatever the order of takes and gives, places are never exceeded, none lies idle, and each keeps a way in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 200 }), async (total, steps) => {
      const both = two(total, Math.ceil(total / 4))
      const waiting = [new Set<AbortController>(), new Set<AbortController>()]
      for (const { who, what } of steps) {
        const slots = both[who]
        const queue = waiting[who]
        assert.ok(slots && queue)
        if (what === 'give' && slots.taken > 0) slots.give()
        if (what === 'leave') for (const one of [...queue].slice(0, 1)) one.abort()
        if (what === 'take') {
          const leaving = new AbortController()
          queue.add(leaving)
          void slots.take(leaving.signal).then(() => queue.delete(leaving))
        }
        for (let i = 0; i < 4; i += 1) await Promise.resolve()
        const [fresh, retries] = both
        const taken = fresh.taken + retries.taken
        assert.ok(taken <= total, `${taken} of ${total} taken`)
        if (total > 1) assert.ok(fresh.taken < total && retries.taken < total, 'one party has everything')
        both.forEach((party, at) => {
          const isWaiting = (waiting[at]?.size ?? 0) > 0
          if (isWaiting) assert.ok(taken === total || party.taken === party.limit, 'a place is free and somebody waits')
        })
      }
    }),
  )
})

test('when both wait for places that become free, a quarter goes to the retries', async () => {
  const [fresh, retries] = two(16, 4)
  for (let i = 0; i < 16; i += 1) void fresh.take(NEVER)
  for (let i = 0; i < 40; i += 1) void retries.take(NEVER)
  for (let i = 0; i < 40; i += 1) void fresh.take(NEVER)
  for (let i = 0; i < 12; i += 1) fresh.give()
  assert.deepEqual([fresh.taken, retries.taken], [12, 4])
  for (let i = 0; i < 4; i += 1) {
    retries.give()
    fresh.give()
  }
  assert.deepEqual([fresh.taken, retries.taken], [12, 4])
})

test('retries alone may take all places but one, and so may fresh events', async () => {
  const [fresh, retries] = two(16, 4)
  for (let i = 0; i < 20; i += 1) void retries.take(NEVER)
  assert.equal(retries.taken, 15)
  assert.equal(await fresh.take(NEVER), true)
})
