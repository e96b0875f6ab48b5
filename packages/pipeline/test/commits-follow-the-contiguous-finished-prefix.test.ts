import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createCommitWindow } from '../src/group/commit-window.ts'

const arrivals = fc
  .uniqueArray(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 60 })
  .map((offsets) => offsets.sort((a, b) => a - b))

test('whatever the order in which events finish, nothing unfinished is ever committed and all is in the end', () => {
  fc.assert(
    fc.property(
      arrivals.chain((offsets) =>
        fc.tuple(fc.constant(offsets), fc.shuffledSubarray(offsets, { minLength: offsets.length })),
      ),
      ([offsets, finishing]) => {
        const window = createCommitWindow()
        for (const offset of offsets) window.accept(BigInt(offset))
        const done = new Set<number>()
        let last = -1n
        for (const offset of finishing) {
          window.finish(BigInt(offset))
          done.add(offset)
          const next = window.committable()
          if (next === undefined) continue
          assert.ok(next > last, 'commits only grow')
          for (const before of offsets)
            if (BigInt(before) < next) assert.ok(done.has(before), `${before} is unfinished`)
          window.committed(next)
          last = next
        }
        assert.equal(last, BigInt(offsets.at(-1) ?? 0) + 1n)
        assert.equal(window.inFlight, 0)
        assert.equal(window.committable(), undefined)
      },
    ),
  )
})

test('events taken while others finish keep the law', () => {
  const steps = fc.array(fc.oneof(fc.constant('take' as const), fc.nat({ max: 20 })), { maxLength: 200 })
  fc.assert(
    fc.property(steps, (schedule) => {
      const window = createCommitWindow()
      const working: bigint[] = []
      let next = 0n
      for (const step of schedule) {
        if (step === 'take') {
          window.accept(next)
          working.push(next)
          next += 1n
        } else {
          const [finished] = working.splice(step % Math.max(1, working.length), 1)
          if (finished !== undefined) window.finish(finished)
        }
        const lowest = working[0] ?? next
        const committable = window.committable()
        if (committable === undefined)
          assert.ok(lowest === 0n, 'something finished at the front and is not committable')
        else assert.equal(committable, lowest)
      }
    }),
  )
})
