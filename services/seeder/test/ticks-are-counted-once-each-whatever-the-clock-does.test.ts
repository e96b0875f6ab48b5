import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CATCH_UP_MS,
  type CronTime,
  cronFault,
  decide,
  MOST_COUNTED,
  nextTick,
  ON_TIME_MS,
  ticksBetween,
} from '../src/schedules/cron.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'] as const
const zone = fc.constantFrom(...ZONES)
// Two years, in which every zone that changes its clock does so four times.
const moment = fc.oneof(
  // An hour before the changes of 2026.
  fc
    .constantFrom('2026-03-29T00:00:00Z', '2026-10-25T00:00:00Z', '2026-03-08T06:00:00Z', '2026-11-01T05:00:00Z')
    .map((text) => new Date(text)),
  fc
    .integer({ min: Date.UTC(2026, 0, 1) / 1_000, max: Date.UTC(2027, 11, 31) / 1_000 })
    .map((seconds) => new Date(seconds * 1_000)),
)
const cron = fc.oneof(
  fc.constantFrom('*/2 * * * * *', '* * * * *', '30 2 * * *', '0 */6 * * *', '15 3 * * 1-5', '0 0 1 * *', '0 0 L * *'),
  fc.tuple(fc.nat(59), fc.nat(23)).map(([minute, hour]) => `${minute} ${hour} * * *`),
  fc.constantFrom(5, 10, 15, 20, 30).map((every) => `*/${every} * * * *`),
)
const time = fc.record({ cron, timeZone: zone })

const walls = new Map(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }),
  ]),
)
/** `2026-03-29 03:00` */
const onTheWall = (at: Date, timeZone: (typeof ZONES)[number]): string => walls.get(timeZone)?.format(at) ?? ''

test('a tick is after the time asked about, in whole seconds, and nothing lies between', () => {
  fc.assert(
    fc.property(time, moment, fc.nat(999), (schedule, whole, ms) => {
      const after = new Date(whole.getTime() + ms)
      const tick = nextTick(schedule, after)
      assert.ok(tick && tick > after, `${tick?.toISOString()}`)
      assert.equal(tick.getTime() % 1_000, 0)
      assert.deepEqual(nextTick(schedule, new Date(tick.getTime() - 1)), tick)
      assert.deepEqual(ticksBetween(schedule, after, new Date(tick.getTime() - 1), 10), [])
    }),
  )
})

test('a daily schedule has one tick a local day, on the days of a clock change, too', () => {
  const daily = fc.tuple(fc.nat(59), fc.nat(23)).map(([minute, hour]) => `${minute} ${hour} * * *`)
  fc.assert(
    fc.property(daily, zone, moment, (at, timeZone, from) => {
      const ticks = ticksBetween({ cron: at, timeZone }, from, new Date(from.getTime() + 20 * DAY_MS), 100)
      const days = ticks.map((tick) => onTheWall(tick, timeZone).slice(0, 10))
      assert.equal(new Set(days).size, days.length, days.join(' '))
      assert.ok(days.length >= 19 && days.length <= 21, days.join(' '))
    }),
    { numRuns: 50 },
  )
})

test('every n minutes means every n minutes on the wall, over clock changes, too', () => {
  fc.assert(
    fc.property(fc.constantFrom(5, 10, 15, 20, 30), zone, moment, (every, timeZone, from) => {
      const until = new Date(from.getTime() + 4 * 60 * MINUTE_MS)
      const ticks = ticksBetween({ cron: `*/${every} * * * *`, timeZone }, from, until, 1_000)
      const expected: Date[] = []
      for (let at = Math.floor(from.getTime() / MINUTE_MS + 1) * MINUTE_MS; at <= until.getTime(); at += MINUTE_MS)
        if (Number(onTheWall(new Date(at), timeZone).slice(-2)) % every === 0) expected.push(new Date(at))
      assert.deepEqual(ticks, expected)
    }),
    { numRuns: 50 },
  )
})

const decideAt = (schedule: CronTime, decidedUntil: Date, now: Date, catchUp: 'once' | 'skip') =>
  decide({ ...schedule, decidedUntil, now, catchUp })

test('whenever seeders look, each tick is fired or missed once, and none is fired that is too late', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(time, moment, gaps, fc.constantFrom('once', 'skip'), (schedule, from, waits, catchUp) => {
      let until = from
      let decided = 0
      const fired: number[] = []
      for (const seconds of waits) {
        const now = new Date(until.getTime() + seconds * 1_000)
        const all = ticksBetween(schedule, until, now, MOST_COUNTED)
        if (all.length === MOST_COUNTED) return
        const decision = decideAt(schedule, until, now, catchUp)
        assert.deepEqual(decision.until, now)
        assert.ok(decision.nextAt && decision.nextAt > now)
        assert.equal(decision.missed + (decision.due ? 1 : 0), all.length)
        assert.equal(decision.missed > 0, decision.missedAt !== null && decision.cause !== null)
        if (decision.due) {
          assert.deepEqual(decision.due, all.at(-1))
          assert.ok(now.getTime() - decision.due.getTime() <= (catchUp === 'once' ? CATCH_UP_MS : ON_TIME_MS))
          fired.push(decision.due.getTime())
        }
        decided += all.length
        until = now
      }
      assert.deepEqual(
        fired,
        [...new Set(fired)].sort((a, b) => a - b),
      )
      assert.equal(decided, ticksBetween(schedule, from, until, 100_000).length)
    }),
    { numRuns: 25 },
  )
})

test('after a long absence the newest tick is the one that is fired, and the count ends at a thousand', () => {
  const now = new Date('2026-03-29T02:00:01.500Z')
  const decidedUntil = new Date(now.getTime() - 40 * DAY_MS)
  for (const timeZone of ['UTC', 'Europe/Berlin']) {
    const decision = decideAt({ cron: '*/2 * * * * *', timeZone }, decidedUntil, now, 'once')
    assert.deepEqual(decision.due, new Date('2026-03-29T02:00:00Z'))
    assert.equal(decision.missed, MOST_COUNTED - 1)
  }
})

test('skip fires what is on time and nothing older; once does so for a day', () => {
  const daily = { cron: '0 3 * * *', timeZone: 'UTC' }
  const before = new Date('2026-05-01T00:00:00Z')
  const due = new Date('2026-05-01T03:00:00Z')
  const at = (ms: number): Date => new Date(due.getTime() + ms)
  assert.deepEqual(decideAt(daily, before, at(ON_TIME_MS), 'skip').due, due)
  assert.deepEqual(decideAt(daily, before, at(ON_TIME_MS + 1), 'skip').due, null)
  assert.equal(decideAt(daily, before, at(ON_TIME_MS + 1), 'skip').missed, 1)
  assert.deepEqual(decideAt(daily, before, at(DAY_MS - 1), 'once').due, due)
  const weekly = { cron: '0 3 * * 5', timeZone: 'UTC' }
  assert.deepEqual(decideAt(weekly, before, at(CATCH_UP_MS + 1), 'once').due, null)
})

test('what is no time is refused with the reason', () => {
  const wrong: [string, string, RegExp][] = [
    ['', 'UTC', /five fields/],
    ['* * * *', 'UTC', /five fields/],
    ['* * * * * * *', 'UTC', /five fields/],
    ['@daily', 'UTC', /five fields/],
    ['2026-01-01T00:00:00', 'UTC', /five fields/],
    ['60 * * * *', 'UTC', /minute: 60/],
    ['*/0 * * * *', 'UTC', /stepping/],
    ['5-1 * * * *', 'UTC', /larger/],
    ['x * * * *', 'UTC', /x/],
    ['0 0 30 2 *', 'UTC', /never comes/],
    ['* * * * *', 'Mars/Olympus', /no time zone/],
    ['* * * * *', '', /no time zone/],
    ['* * * * *', '+01:00', /no time zone/],
  ]
  for (const [at, timeZone, says] of wrong) assert.match(cronFault({ cron: at, timeZone }) ?? '', says, at)
  for (const at of ['*/2 * * * * *', '0 3 * * *', '0 0 29 2 *', '0 0 * * 5#1'])
    assert.equal(cronFault({ cron: at, timeZone: 'Europe/Berlin' }), undefined)
})
