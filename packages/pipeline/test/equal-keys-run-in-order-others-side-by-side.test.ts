import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { createKeyOrder } from '../src/group/key-order.ts'

test('events of one key never overlap and keep their order, also when some fail', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 20 }),
      async (s, events) => {
        const order = createKeyOrder()
        const running = new Set<string>()
        const ended: Record<string, number[]> = {}
        const all = events.map(([key, fails], index) =>
          order
            .run(key, async () => {
              assert.ok(!running.has(key), `${key} overlaps`)
              running.add(key)
              await s.schedule(Promise.resolve())
              running.delete(key)
              ended[key] = [...(ended[key] ?? []), index]
              if (fails) throw new Error('a handler failed')
            })
            .catch((error: Error) => assert.equal(error.message, 'a handler failed')),
        )
        await s.waitFor(Promise.all(all))
        for (const indexes of Object.values(ended))
          assert.deepEqual(
            indexes,
            [...indexes].sort((a, b) => a - b),
          )
        assert.equal(Object.values(ended).flat().length, events.length)
      },
    ),
    { numRuns: 50 },
  )
})

test('another key does not wait', async () => {
  const order = createKeyOrder()
  let release = (): void => undefined
  const stuck = order.run(
    'slow',
    () =>
      new Promise<void>((resolve) => {
        release = resolve
      }),
  )
  let other = false
  await order.run('quick', async () => {
    other = true
  })
  assert.ok(other)
  release()
  await stuck
  await turn()
})
