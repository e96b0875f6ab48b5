import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { hostBudgets } from '../src/index.ts'
import { freshStore } from './support.ts'

// The functions with a clock of the test's own. Times are milliseconds since its beginning.

const store = await freshStore()
const EPOCH = Date.parse('2026-01-01T00:00:00Z')
const dateOf = (ms: number): Date => new Date(EPOCH + ms)
/** Postgres has microseconds, our times fractions of them. */
const ROUNDING_MS = 0.01

const taken = z.tuple([
  z.object({
    turns: z.number(),
    first_in_ms: z.number(),
    spacing_ms: z.number(),
    users: z.number(),
    rate: z.number(),
    silent_for_ms: z.number(),
  }),
])
const slowed = z.tuple([z.object({ slowed: z.boolean(), rate: z.number(), silent_for_ms: z.number() })])

/** A host that nobody has asked yet. */
const newHost = (budget: number) => {
  const host = `${randomUUID()}.test`
  return {
    host,
    async take(user: string, ms: number, wanted: number, succeeded = false) {
      const text = 'select * from pokepedia_take_turns($1, $2, $3, $4, $5, $6)'
      const [row] = taken.parse(await store.query('taking', text, [host, user, budget, wanted, succeeded, dateOf(ms)]))
      const at = Array.from({ length: row.turns }, (_, nth) => ms + row.first_in_ms + nth * row.spacing_ms)
      return { ...row, at }
    },
    async slow(ms: number, silenceMs = 0) {
      const text = 'select * from pokepedia_slow_host($1, $2, $3, $4)'
      return slowed.parse(await store.query('slowing', text, [host, budget, silenceMs, dateOf(ms)]))[0]
    },
  }
}

/** The most of the moments that lie within one second, its end included. */
const peakOf = (moments: readonly number[]): number =>
  Math.max(0, ...moments.map((from) => moments.filter((at) => at >= from && at <= from + 1_000).length))

const users = Array.from({ length: 6 }, () => randomUUID())

test('whoever comes, goes and wants how many turns: no second has more requests than the budget, even if each is up to a quarter of a second late', async () => {
  const step = fc.record({
    user: fc.constantFrom(...users),
    afterMs: fc.integer({ min: 0, max: 700 }),
    wanted: fc.integer({ min: 0, max: 40 }),
    trouble: fc.constantFrom('none', 'none', 'none', 'slow'),
  })
  const lateness = fc.array(fc.integer({ min: 0, max: 249 }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 50 }),
      fc.array(step, { minLength: 5, maxLength: 40 }),
      lateness,
      async (budget, steps, late) => {
        const { take, slow } = newHost(budget)
        const moments: number[] = []
        let now = 0
        for (const { user, afterMs, wanted, trouble } of steps) {
          now += afterMs
          if (trouble === 'slow') await slow(now)
          const { at, turns } = await take(user, now, wanted, true)
          assert.ok(turns <= wanted && (turns > 0 || wanted === 0), `${turns} turns of ${wanted}`)
          moments.push(...at)
        }
        moments.sort((a, b) => a - b)
        for (const [nth, at] of moments.entries())
          assert.ok(at - (moments[nth - 1] ?? Number.NEGATIVE_INFINITY) >= 1_250 / budget - ROUNDING_MS, `turn ${nth}`)
        const arrivals = moments.map((at, nth) => at + (late[nth % late.length] ?? 0))
        assert.ok(peakOf(arrivals) <= budget, `${peakOf(arrivals)} in a second; ${budget} is the budget`)
      },
    ),
    { numRuns: 30 },
  )
})

test('processes that want more than there is get equal shares, and a newcomer gets its own at once', async () => {
  const { take } = newHost(20)
  const lastTurn = new Map<string, number>()
  const count = new Map<string, number>()
  const live = users.slice(0, 3)
  for (let now = 0; now < 20_000; now += 10) {
    if (now === 10_000) live.push(...users.slice(3, 4))
    for (const user of live) {
      if ((lastTurn.get(user) ?? 0) > now) continue
      // The first is greedy, the others want as many as they can use.
      const { at } = await take(user, now, user === users[0] ? 1_000 : 4)
      if (now === 10_000 && user === users[3]) assert.ok((at[0] ?? Number.NaN) < 11_100, `first turn at ${at[0]}`)
      lastTurn.set(user, at.at(-1) ?? now)
      for (const moment of at) if (moment >= 10_000 && moment < 20_000) count.set(user, (count.get(user) ?? 0) + 1)
    }
  }
  const counts = [...count.values()]
  assert.equal(counts.length, 4)
  const all = counts.reduce((sum, one) => sum + one, 0)
  assert.ok(all > 155 && all < 170, `${all} turns in 10 s at 16 a second`)
  for (const one of counts) assert.ok(Math.abs(one - all / 4) <= 5, `${one} of ${all}`)
})

test('a process alone has the whole budget, and the share of a dead one is free after 3 s', async () => {
  const { host, take } = newHost(10)
  const [one = '', two = ''] = users
  assert.equal((await take(one, 0, 100)).turns, 8)
  assert.equal((await take(two, 1_000, 100)).turns, 4)
  assert.equal((await take(one, 2_000, 0)).users, 2)
  assert.equal((await take(one, 4_000, 0)).users, 2)
  assert.equal((await take(one, 4_001, 0)).users, 1)
  assert.equal((await take(one, 4_001, 100)).turns, 8)
  const [state] = (await hostBudgets(store)).filter((row) => row.host === host)
  assert.deepEqual({ ...state, users: 0 }, { host, budget: 10, rate: 10, users: 0, silentUntil: null })
})

test('the rate halves once a second at most, and creeps up by a twentieth of the budget a second for all together', async () => {
  const { take, slow } = newHost(20)
  const [one = '', two = ''] = users
  assert.deepEqual(await slow(0), { slowed: true, rate: 10, silent_for_ms: 0 })
  assert.deepEqual(await slow(900), { slowed: false, rate: 10, silent_for_ms: 0 })
  assert.deepEqual(await slow(1_100), { slowed: true, rate: 5, silent_for_ms: 0 })
  for (let now = 1_200; now <= 6_100; now += 100) await take(now % 200 === 0 ? one : two, now, 1, true)
  const { rate } = await take(one, 6_100, 1, false)
  assert.ok(Math.abs(rate - 10) < 0.01, `5 s after 5: ${rate}`)
  assert.equal((await take(one, 60_000, 1, false)).rate, rate, 'without success it stays')
  assert.ok((await take(one, 60_001, 1, true)).rate <= rate + 1, 'idle time does not count')
})

test('the rate stays between a twentieth of the budget and the budget', async () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.constantFrom('slow', 'well', 'asked')), {
    minLength: 1,
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0.1, max: 100, noNaN: true }), steps, async (budget, schedule) => {
      const { take, slow } = newHost(budget)
      let now = 0
      let before = budget
      for (const [afterMs, what] of schedule) {
        now += afterMs
        const { rate } = what === 'slow' ? await slow(now) : await take(users[0] ?? '', now, 1, what === 'well')
        const [least, most] = what === 'slow' ? [before / 2, before] : [before, before + budget / 20]
        assert.ok(rate >= Math.max(least, budget / 20) - 1e-9 && rate <= Math.min(most, budget) + 1e-9, `${rate}`)
        before = rate
      }
    }),
    { numRuns: 20 },
  )
})

test('of several silences the longest counts; no process has a turn meanwhile, and all have one afterwards', async () => {
  const { host, take, slow } = newHost(20)
  const [one = '', two = ''] = users
  assert.equal((await slow(0, 5_000)).silent_for_ms, 5_000)
  assert.equal((await slow(1_000, 2_000)).silent_for_ms, 4_000)
  for (const user of [one, two]) {
    const { turns, silent_for_ms: silentForMs } = await take(user, 2_000, 10)
    assert.deepEqual({ turns, silentForMs }, { turns: 0, silentForMs: 3_000 })
  }
  assert.ok((await take(one, 5_000, 10)).turns > 0)
  assert.ok((await take(two, 5_000, 10)).turns > 0)

  const far = Date.now() - EPOCH
  await slow(far, 3_600_000)
  const [state] = (await hostBudgets(store)).filter((row) => row.host === host)
  assert.ok(Math.abs((state?.silentUntil?.getTime() ?? 0) - Date.now() - 3_600_000) < 10_000, `${state?.silentUntil}`)
})

test('a database whose clock is set back stops nobody', async () => {
  const { take, slow } = newHost(2)
  const [one = '', two = ''] = users
  const day = 86_400_000
  await slow(day, 60_000)
  await take(one, day + 70_000, 1)
  const { at, users: live } = await take(two, 0, 1, true)
  assert.deepEqual([at, live], [[0], 1])
})
