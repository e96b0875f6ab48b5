import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { errors } from '@pokepedia/errors'
import { notBeforeOf, parseRetryTiers } from '@pokepedia/events'
import type { HandlerContext, RunningConsumer } from '../src/index.ts'
import { deadLetters, feed, freshQueue, lagOf, start, until } from './support.ts'

// A bound in milliseconds holds for a machine that has nothing else to do: .ci/nightly runs it alone.
const skip = process.env['POKEPEDIA_QUIET'] === 'yes' ? false : 'runs alone, with POKEPEDIA_QUIET=yes'

const tiers = parseRetryTiers('8s')
const DELAY_MS = 8_000
const COUNT = 10_000
const ids = Array.from({ length: COUNT }, (_, i) => String(i))

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0

for (const joins of [false, true])
  test(`10,000 events that wait in a tier${joins ? ', while a member joins,' : ''} fire in time, p99`, {
    skip,
  }, async (t) => {
    const queue = await freshQueue(tiers, 4)
    await feed(queue, ids)
    let failed = 0
    const lateMs = new Map<string, number>()
    const handler = async ({ id }: { id: string }, { delivery }: HandlerContext): Promise<'stored'> => {
      const dueMs = notBeforeOf(delivery.headers)
      if (dueMs === undefined) {
        failed += 1
        throw errors('timeout', 'slow')
      }
      assert.ok(Date.now() >= dueMs, 'before its time')
      lateMs.set(id, lateMs.get(id) ?? Date.now() - dueMs)
      return 'stored'
    }
    const members: RunningConsumer[] = [await start(queue, { tiers, concurrency: 32, handler })]
    try {
      await until(
        'the first failures',
        () => failed,
        () => failed >= COUNT,
        60_000,
      )
      if (joins) members.push(await start(queue, { tiers, concurrency: 32, handler }))
      await until(
        'all retries',
        () => lateMs.size,
        () => lateMs.size === COUNT,
        40_000,
      )
      for (let lag = -1; lag !== 0; lag = await lagOf(queue, tiers)) await delay(100)
    } finally {
      await Promise.all(members.map((member) => member[Symbol.asyncDispose]()))
    }
    const [p50, p99, most] = [0.5, 0.99, 0.9999].map((share) => percentile([...lateMs.values()], share))
    t.diagnostic(`late by ${p50} ms at p50, ${p99} ms at p99, ${most} ms at most`)
    assert.ok((p99 ?? 0) < DELAY_MS * 0.1 + 250, `p99 ${p99} ms`)
    assert.equal((await deadLetters(queue)).length, 0)
  })
