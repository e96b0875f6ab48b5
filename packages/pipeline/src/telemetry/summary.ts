import type { Queue } from '@pokepedia/events'
import { type Log, secondsOf } from '@pokepedia/service'
import type { Settled } from '../types.ts'

/** One line at most in so many milliseconds, so that a busy consumer's log stays readable. */
const EVERY_MS = 10_000

/** Counts how deliveries end, and logs the counts now and then. */
export interface Summary extends Disposable {
  count(outcome: Settled): void
}

/** Begins to count; what is left is logged on disposal. Nothing is logged when nothing ended. */
export const startSummary = (queue: Queue, log: Log, everyMs = EVERY_MS): Summary => {
  let outcomes: Partial<Record<Settled, number>> = {}
  let sinceMs = performance.now()

  const tell = (): void => {
    const counts = Object.entries(outcomes)
    const seconds = secondsOf(performance.now() - sinceMs)
    outcomes = {}
    sinceMs = performance.now()
    if (counts.length === 0) return
    const { name, group } = queue
    const facts = {
      event: 'records.summary',
      queue: name,
      group,
      duration_s: seconds,
      outcomes: Object.fromEntries(counts),
    }
    log.info(facts, `${name}: ${counts.map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`)
  }

  const timer = setInterval(tell, everyMs)
  timer.unref()
  return {
    count(outcome) {
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    },
    [Symbol.dispose]() {
      clearInterval(timer)
      tell()
    },
  }
}
