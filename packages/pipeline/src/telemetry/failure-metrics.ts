import { DEPENDENCIES, type Dependency, type ErrorCode } from '@pokepedia/errors'
import type { DeadReason, Queue, RetryTier } from '@pokepedia/events'
import { Counter, Histogram, type Registry } from 'prom-client'
import { stageOf } from '../handling/failure.ts'
import { knownFailures } from './known-failures.ts'

/** What goes wrong with the records of one queue, and where they go then. */
export interface FailureMetrics {
  failed(code: ErrorCode): void
  retried(tier: string, code: ErrorCode): void
  dead(reason: DeadReason, code: ErrorCode): void
  /** A dead letter could not be written; it is tried again. */
  deadLetterUnwritten(): void
  /** A retry was taken `errorMs` after it was due. */
  fired(tier: string, errorMs: number): void
  breakerTurned(dependency: Dependency, to: 'open' | 'closed'): void
}

const DUE_ERROR_EDGES_S = [0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300]

const counters = (registers: Registry[]) => ({
  failures: new Counter({
    name: 'pokepedia_errors_total',
    help: 'Errors by code and the step it belongs to, those that an outage repeats included',
    labelNames: ['stage', 'code'] as const,
    registers,
  }),
  retries: new Counter({
    name: 'pokepedia_retries_total',
    help: 'Records sent to a retry topic',
    labelNames: ['queue', 'tier', 'code'] as const,
    registers,
  }),
  deadLetters: new Counter({
    name: 'pokepedia_dead_letters_total',
    help: 'Records sent to the dead-letter topic',
    labelNames: ['queue', 'reason', 'code'] as const,
    registers,
  }),
  unwritten: new Counter({
    name: 'pokepedia_dead_letter_write_failures_total',
    help: 'Dead letters that the broker did not take; each is tried again',
    labelNames: ['queue'] as const,
    registers,
  }),
  transitions: new Counter({
    name: 'pokepedia_breaker_transitions_total',
    help: 'Breakers that opened or closed',
    labelNames: ['dependency', 'to'] as const,
    registers,
  }),
})

export const createFailureMetrics = (
  registry: Registry,
  { name: queue }: Queue,
  tiers: readonly RetryTier[],
): FailureMetrics => {
  const { failures, retries, deadLetters, unwritten, transitions } = counters([registry])
  const dueError = new Histogram({
    name: 'pokepedia_retry_due_error_seconds',
    help: 'How much later than due a retry was taken',
    labelNames: ['tier'] as const,
    buckets: DUE_ERROR_EDGES_S,
    registers: [registry],
  })
  // A series that is born at 1 shows no increase(), so the known ones start at 0.
  const known = knownFailures(tiers)
  for (const code of known.codes) failures.inc({ stage: stageOf(code), code }, 0)
  for (const labels of known.retries) retries.inc({ queue, ...labels }, 0)
  for (const labels of known.deadLetters) deadLetters.inc({ queue, ...labels }, 0)
  unwritten.inc({ queue }, 0)
  for (const dependency of DEPENDENCIES) for (const to of ['open', 'closed']) transitions.inc({ dependency, to }, 0)
  for (const { label } of tiers) dueError.zero({ tier: label })
  return {
    failed: (code) => failures.inc({ stage: stageOf(code), code }),
    retried: (tier, code) => retries.inc({ queue, tier, code }),
    dead: (reason, code) => deadLetters.inc({ queue, reason, code }),
    deadLetterUnwritten: () => unwritten.inc({ queue }),
    fired: (tier, errorMs) => dueError.observe({ tier }, Math.max(0, errorMs) / 1_000),
    breakerTurned: (dependency, to) => transitions.inc({ dependency, to }),
  }
}
