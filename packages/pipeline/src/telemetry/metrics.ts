import { DEPENDENCIES, type Dependency } from '@pokepedia/errors'
import type { DeadReason, Queue, RetryTier } from '@pokepedia/events'
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Settled } from '../types.ts'
import { knownFailures } from './known-failures.ts'

/** OpenTelemetry's bucket edges for messaging durations, and 30 s. */
const DURATION_EDGES_S = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30]
const DUE_ERROR_EDGES_S = [0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300]

/** What happens in the consumer runtime of one queue; names and labels are listed in docs/metrics.md. */
export interface ConsumerMetrics {
  settled(group: string, how: Settled, durationMs: number): void
  retried(tier: string, code: string): void
  dead(reason: DeadReason, code: string): void
  failed(code: string): void
  /** A dead letter could not be written; it is tried again. */
  deadLetterUnwritten(): void
  fired(tier: string, errorMs: number): void
  rebalanced(group: string): void
  breakerTurned(dependency: Dependency, to: 'open' | 'closed'): void
}

const SETTLED: readonly Settled[] = ['stored', 'unchanged', 'gone', 'superseded', 'retried', 'dead', 'discarded']

export const createConsumerMetrics = (
  registry: Registry,
  queue: Queue,
  groups: readonly string[],
  tiers: readonly RetryTier[],
): ConsumerMetrics => {
  const registers = [registry]
  const processed = new Counter({
    name: 'pokepedia_records_processed_total',
    help: 'Deliveries that came to an end, by what became of them',
    labelNames: ['queue', 'group', 'outcome'],
    registers,
  })
  const duration = new Histogram({
    name: 'pokepedia_process_duration_seconds',
    help: 'Time from taking a record to its end',
    labelNames: ['queue', 'group'],
    buckets: DURATION_EDGES_S,
    registers,
  })
  const retries = new Counter({
    name: 'pokepedia_retries_total',
    help: 'Records sent to a retry topic',
    labelNames: ['queue', 'tier', 'code'],
    registers,
  })
  const deadLetters = new Counter({
    name: 'pokepedia_dead_letters_total',
    help: 'Records sent to the dead-letter topic',
    labelNames: ['queue', 'reason', 'code'],
    registers,
  })
  const failures = new Counter({
    name: 'pokepedia_errors_total',
    help: 'Errors by code, those that an outage repeats included',
    labelNames: ['code'],
    registers,
  })
  const dueError = new Histogram({
    name: 'pokepedia_retry_due_error_seconds',
    help: 'How much later than due a retry was taken',
    labelNames: ['tier'],
    buckets: DUE_ERROR_EDGES_S,
    registers,
  })
  const rebalances = new Counter({
    name: 'pokepedia_rebalances_total',
    help: 'Assignments received from the group coordinator',
    labelNames: ['group'],
    registers,
  })
  const unwritten = new Counter({
    name: 'pokepedia_dead_letter_write_failures_total',
    help: 'Dead letters that the broker did not take; each is tried again',
    labelNames: ['queue'],
    registers,
  })
  const transitions = new Counter({
    name: 'pokepedia_breaker_transitions_total',
    help: 'Breakers that opened or closed',
    labelNames: ['dependency', 'to'],
    registers,
  })
  // A series that is born at 1 shows no increase(), so the known ones start at 0.
  for (const group of groups) {
    for (const outcome of SETTLED) processed.inc({ queue: queue.name, group, outcome }, 0)
    duration.zero({ queue: queue.name, group })
    rebalances.inc({ group }, 0)
  }
  for (const tier of tiers) dueError.zero({ tier: tier.label })
  const known = knownFailures(tiers)
  for (const labels of known.retries) retries.inc({ queue: queue.name, ...labels }, 0)
  for (const labels of known.deadLetters) deadLetters.inc({ queue: queue.name, ...labels }, 0)
  for (const code of known.codes) failures.inc({ code }, 0)
  unwritten.inc({ queue: queue.name }, 0)
  for (const dependency of DEPENDENCIES) for (const to of ['open', 'closed']) transitions.inc({ dependency, to }, 0)

  return {
    settled(group, outcome, durationMs) {
      processed.inc({ queue: queue.name, group, outcome })
      duration.observe({ queue: queue.name, group }, durationMs / 1_000)
    },
    retried: (tier, code) => retries.inc({ queue: queue.name, tier, code }),
    dead: (reason, code) => deadLetters.inc({ queue: queue.name, reason, code }),
    failed: (code) => failures.inc({ code }),
    fired: (tier, errorMs) => dueError.observe({ tier }, Math.max(0, errorMs) / 1_000),
    deadLetterUnwritten: () => unwritten.inc({ queue: queue.name }),
    breakerTurned: (dependency, to) => transitions.inc({ dependency, to }),
    rebalanced: (group) => rebalances.inc({ group }),
  }
}
