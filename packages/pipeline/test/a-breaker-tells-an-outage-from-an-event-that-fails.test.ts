import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { errors } from '@pokepedia/errors'
import type { Clock } from '@pokepedia/service'
import fc from 'fast-check'
import { createBreaker } from '../src/breakers/breaker.ts'

const down = errors('pg_unavailable', 'no answer')
const failure = errors('timeout', 'slow')

/** Time that passes when it is told to. */
const createTime = () => {
  let nowMs = 0
  const timers = new Set<{ atMs: number; run: () => void }>()
  const clock: Clock = {
    nowMs: () => nowMs,
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  }
  const next = () => [...timers].sort((a, b) => a.atMs - b.atMs)[0]
  return {
    clock,
    async until(endMs: number) {
      for (let timer = next(); timer && timer.atMs <= endMs; timer = next()) {
        timers.delete(timer)
        nowMs = timer.atMs
        timer.run()
        await setImmediate()
      }
      nowMs = endMs
    },
  }
}

/** A dependency that is away now and then; a question takes its time, also when nobody answers. */
const createDependency = (clock: Clock, outages: readonly { fromMs: number; untilMs: number }[], answerMs: number) => {
  let asking = 0
  let asked = 0
  const isDown = (): boolean =>
    outages.some(({ fromMs, untilMs }) => fromMs <= clock.nowMs() && clock.nowMs() < untilMs)
  return {
    isDown,
    get asked() {
      return asked
    },
    ask: async () => {
      asked += 1
      asking += 1
      assert.equal(asking, 1, 'two questions at once')
      const isAway = isDown()
      await new Promise<void>((resolve) => clock.after(isAway ? 2_500 : answerMs, resolve))
      asking -= 1
      return isAway ? down : undefined
    },
  }
}

const outagesOf = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 20_000 })), { maxLength: 4 })
  .map((pairs) => {
    let atMs = 0
    return pairs.map(([gapMs, lengthMs]) => {
      const fromMs = atMs + gapMs
      atMs = fromMs + lengthMs
      return { fromMs, untilMs: atMs }
    })
  })
const failuresOf = fc.array(
  fc.record({ atMs: fc.integer({ min: 0, max: 100_000 }), tookMs: fc.integer({ min: 0, max: 12_000 }) }),
  { maxLength: 60 },
)
/** Failures in quick succession from before an outage into it: the ones that an earlier answer may speak for. */
const burstAt = (fromMs: number) => Array.from({ length: 40 }, (_, i) => ({ atMs: fromMs - 100 + 10 * i, tookMs: 5 }))
const ANSWER_KEPT_FOR = 8

test('whatever fails when: without an outage no breaker opens, in one hardly an event pays, and after it work goes on', async () => {
  await fc.assert(
    fc.asyncProperty(outagesOf, failuresOf, fc.integer({ min: 1, max: 400 }), async (outages, failures, answerMs) => {
      const time = createTime()
      const { clock } = time
      const dependency = createDependency(clock, outages, answerMs)
      let openedMs: number | undefined
      const breaker = createBreaker(dependency.ask, clock, () => {
        const wasOpen = openedMs !== undefined
        openedMs = breaker.outage?.sinceMs
        assert.notEqual(openedMs !== undefined, wasOpen, 'told of a change that is none')
      })
      const touched = (fromMs: number, untilMs: number): boolean =>
        outages.some((outage) => outage.fromMs <= untilMs && fromMs < outage.untilMs + 5_000)
      const paid = new Map<number, number>()
      const verdicts: Promise<void>[] = []
      const bursts = outages.flatMap(({ fromMs }) => burstAt(Math.max(100, fromMs)))
      for (const { atMs, tookMs } of [...failures, ...bursts].toSorted((a, b) => a.atMs - b.atMs)) {
        await time.until(atMs)
        const during = outages.findIndex(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs)
        verdicts.push(
          breaker.isBlamedFor(failure, Math.max(0, atMs - tookMs)).then((isBlamed) => {
            if (isBlamed) assert.ok(touched(atMs - tookMs, clock.nowMs()), `blamed at ${atMs} without an outage`)
            else if (during >= 0) paid.set(during, (paid.get(during) ?? 0) + 1)
          }),
        )
        await setImmediate()
      }
      for (const { untilMs } of outages) {
        if (untilMs + 5_000 < clock.nowMs()) continue
        await time.until(untilMs + 4_999)
        const isOver = outages.every((other) => clock.nowMs() < other.fromMs || other.untilMs + 4_999 <= clock.nowMs())
        if (isOver) assert.equal(breaker.outage, undefined, `still open ${clock.nowMs() - untilMs} ms later`)
      }
      await time.until(clock.nowMs() + 10_000)
      await Promise.all(verdicts)
      // Those who asked before it began, and whom an answer from before it spoke for. What is over while the question
      // from before it is still being answered, nobody can have seen.
      for (const [index, count] of paid) {
        const { fromMs, untilMs } = outages[index] ?? { fromMs: 0, untilMs: 0 }
        if (untilMs - fromMs > answerMs)
          assert.ok(count <= ANSWER_KEPT_FOR, `${count} events paid for the outage from ${fromMs} to ${untilMs}`)
      }
      breaker.stop()
      const { asked } = dependency
      await time.until(clock.nowMs() + 60_000)
      assert.equal(dependency.asked, asked, 'asked after its stop')
    }),
    { numRuns: 200 },
  )
})

test('many failures of a dependency that is there ask it for one in nine of them at most', async () => {
  const time = createTime()
  const dependency = createDependency(time.clock, [], 5)
  const breaker = createBreaker(dependency.ask, time.clock, () => assert.fail('it opened'))
  for (let atMs = 0; atMs < 10_000; atMs += 10) {
    const verdict = breaker.isBlamedFor(failure, time.clock.nowMs())
    await time.until(atMs + 10)
    assert.equal(await verdict, false)
  }
  assert.ok(dependency.asked <= 1_000 / (ANSWER_KEPT_FOR + 1) + 1, `${dependency.asked} questions`)
})

test('work that began before an outage ended is its victim, and work that began later is not', async () => {
  const time = createTime()
  const dependency = createDependency(time.clock, [{ fromMs: 0, untilMs: 5_000 }], 5)
  const breaker = createBreaker(dependency.ask, time.clock, () => undefined)
  const first = breaker.isBlamedFor(failure, 0)
  await time.until(8_000)
  assert.equal(await first, true)
  assert.equal(breaker.outage, undefined)
  assert.equal(await breaker.isBlamedFor(failure, 4_000), true)
  const later = breaker.isBlamedFor(failure, 7_999)
  await time.until(8_100)
  assert.equal(await later, false)
})
