import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '@pokepedia/errors'
import fc from 'fast-check'
import { createTurnQueue, type TurnQueueOptions } from '../src/host-budgets/turn-queue.ts'
import type { HostTurns, TurnRequest, Turns } from '../src/index.ts'
import { failureOf } from './support.ts'
import { type VirtualTime, virtualTime } from './virtual-time.ts'

const SPACING_MS = 50

/** Gives turns 50 ms apart, as long as it is told to. */
const sourceOf = (time: VirtualTime, answerMs: () => number = () => 0, users = 1) => {
  const asked: TurnRequest[] = []
  const told: number[] = []
  let nextMs = 0
  let silentUntilMs = 0
  const turns: HostTurns = {
    async take(request) {
      asked.push(request)
      const nowMs = time.nowMs()
      const silentForMs = Math.max(0, silentUntilMs - nowMs)
      const count = silentForMs > 0 ? 0 : request.wanted
      const firstMs = Math.max(nowMs, nextMs)
      if (count > 0) nextMs = firstMs + count * SPACING_MS
      const lateMs = answerMs()
      if (lateMs > 0) await new Promise<void>((resolve) => time.after(lateMs, resolve))
      const answer: Turns = {
        turns: count,
        firstInMs: firstMs - nowMs,
        spacingMs: SPACING_MS,
        users,
        requestsPerSecond: 20,
        silentForMs,
      }
      return answer
    },
    async slowDown({ silenceMs }) {
      told.push(silenceMs)
      silentUntilMs = Math.max(silentUntilMs, time.nowMs() + silenceMs)
      return { slowed: true, requestsPerSecond: 10, silentForMs: silentUntilMs - time.nowMs() }
    },
  }
  return { turns, asked, told, silence: (ms: number) => (silentUntilMs = time.nowMs() + ms) }
}

const queueOf = (time: VirtualTime, turns: HostTurns, changes: Partial<TurnQueueOptions> = {}) =>
  createTurnQueue({
    host: 'pokeapi.test',
    budget: { host: 'pokeapi.test', requestsPerSecond: 20, inFlight: 4 },
    turns,
    waitMs: 10_000,
    clock: time,
    silenced: () => undefined,
    slowed: () => undefined,
    untold: () => undefined,
    ...changes,
  })

test('whatever the requests take and Postgres too: they leave in order, one a turn, and never more than are allowed at once', async () => {
  const request = fc.record({
    afterMs: fc.nat({ max: 300 }),
    takesMs: fc.nat({ max: 600 }),
    leaves: fc.nat({ max: 9 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat({ max: 120 }), { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 1, max: 5 }),
      async (requests, delays, users) => {
        const time = virtualTime()
        let answers = 0
        const { turns } = sourceOf(time, () => delays[answers++ % delays.length] ?? 0, users)
        const queue = queueOf(time, turns, { waitMs: 60_000 })
        const left: { nth: number; atMs: number }[] = []
        const gone = new Set<number>()
        let inFlight = 0
        const begin = (nth: number, takesMs: number, signal: AbortSignal) =>
          queue.enter(signal, false).then(
            () => {
              left.push({ nth, atMs: time.nowMs() })
              inFlight += 1
              assert.ok(inFlight <= Math.max(1, Math.floor(4 / users)), `${inFlight} in flight`)
              time.after(takesMs, () => {
                inFlight -= 1
                queue.leave(true)
              })
            },
            () => void gone.add(nth),
          )
        const all: Promise<void>[] = []
        for (const [nth, { afterMs, takesMs, leaves }] of requests.entries()) {
          const abort = new AbortController()
          all.push(begin(nth, takesMs, abort.signal))
          if (leaves === 0) time.after(20, () => abort.abort())
          await time.pass(afterMs)
        }
        await time.pass(60_000)
        await Promise.all(all)
        assert.equal(left.length + gone.size, requests.length)
        assert.deepEqual(
          left.map(({ nth }) => nth),
          left.map(({ nth }) => nth).toSorted((a, b) => a - b),
        )
        // Each is at most 150 ms late.
        for (const [nth, { atMs }] of left.entries()) {
          const since = left.findIndex((other) => other.atMs > atMs - 1_000)
          assert.ok(nth - since + 1 <= (1_000 + 150) / SPACING_MS + 1, `${nth - since + 1} within a second`)
        }
        queue.stop()
      },
    ),
    { numRuns: 60 },
  )
})

test('a probe goes before those that wait', async () => {
  const time = virtualTime()
  const queue = queueOf(time, sourceOf(time).turns)
  const order: string[] = []
  const enter = (name: string, first: boolean) => void queue.enter(undefined, first).then(() => order.push(name))
  enter('one', false)
  enter('two', false)
  enter('three', false)
  await time.pass(0)
  enter('probe', true)
  await time.pass(500)
  assert.deepEqual(order, ['one', 'probe', 'two', 'three'])
})

test('a silence that another process has met ends all waits within a second, and those who come then do not wait', async () => {
  const time = virtualTime()
  const { turns, asked, silence } = sourceOf(time)
  const silenced: string[] = []
  const queue = queueOf(time, turns, { silenced: ({ code }) => silenced.push(code) })
  const failures: [string, number][] = []
  const begin = () =>
    queue.enter(undefined, false).then(
      () => void time.after(1_000, () => queue.leave(true)),
      ({ code }) => void failures.push([code, time.nowMs()]),
    )
  for (let nth = 0; nth < 40; nth += 1) void begin()
  await time.pass(2_000)
  silence(60_000)
  await time.pass(1_000)
  assert.ok(failures.length > 20, String(failures.length))
  assert.ok(failures.every(([code, atMs]) => code === 'host_silent' && atMs <= 3_000))
  assert.deepEqual(silenced, ['host_silent'])
  const asks = asked.length
  await time.pass(5_000)
  const error = await failureOf(queue.enter(undefined, false))
  assert.equal(error.code, 'host_silent')
  assert.ok(Math.abs((error.retryAfterMs ?? 0) - 54_000) < 600, String(error.retryAfterMs))
  await time.pass(10_000)
  assert.ok(asked.length - asks <= 3, 'a silent host costs Postgres nothing')
})

test('the host asks for silence: those who wait are told at once, and so are the others', async () => {
  const time = virtualTime()
  const { turns, told } = sourceOf(time)
  const rates: number[] = []
  const queue = queueOf(time, turns, { slowed: (rate) => rates.push(rate) })
  const waiting = Array.from({ length: 5 }, () => queue.enter(undefined, false))
  const codes = waiting.map((one) =>
    one.then(
      () => 'left',
      ({ code }) => String(code),
    ),
  )
  await time.pass(10)
  await queue.slowDown(30_000)
  assert.deepEqual(await Promise.all(codes), ['left', ...Array(4).fill('host_silent')])
  assert.deepEqual([told, rates], [[30_000], [10]])
  queue.leave(false)
  await time.pass(30_001)
  const again = queue.enter(undefined, false)
  await time.pass(100)
  await again
})

test('who waits too long is told so, and whoever comes next uses the turn', async () => {
  const time = virtualTime()
  const queue = queueOf(time, sourceOf(time, undefined, 4).turns, { waitMs: 2_000 })
  const [one, two] = [queue.enter(undefined, false), failureOf(queue.enter(undefined, false))]
  await time.pass(2_500)
  await one
  assert.equal((await two).code, 'host_budget')
  const three = queue.enter(undefined, false)
  queue.leave(true)
  await time.pass(100)
  await three
})

test('without the source of turns no request leaves, and the reason is the source of turns', async () => {
  const time = virtualTime()
  const { turns } = sourceOf(time)
  let down = false
  const queue = queueOf(time, {
    ...turns,
    take: (request) => (down ? Promise.reject(errors('pg_unavailable', 'away')) : turns.take(request)),
  })
  await Promise.all([queue.enter(undefined, false), time.pass(0)])
  down = true
  const failures = Array.from({ length: 6 }, () => failureOf(queue.enter(undefined, false)))
  await time.pass(1_000)
  for (const failure of failures) assert.equal((await failure).code, 'pg_unavailable')
  down = false
  await Promise.all([queue.enter(undefined, false), time.pass(600)])
})

test('a queue that nobody uses asks for nothing', async () => {
  const time = virtualTime()
  const { turns, asked } = sourceOf(time)
  const queue = queueOf(time, turns)
  await Promise.all([queue.enter(undefined, false), time.pass(0)])
  await time.pass(5_000)
  assert.equal(asked.length, 11, 'while a request is in flight, twice a second')
  queue.leave(true)
  await time.pass(60_000)
  assert.ok(asked.length <= 12)
})
