import { type ErrorStage, type Queue, STAGES } from '@pokepedia/events'
import { PROCESS_EDGES_S, WAIT_EDGES_S } from '@pokepedia/service'
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Settled } from '../types.ts'

/** What becomes of the records of one queue, and how long it takes. */
export interface HandlingMetrics {
  settled(group: string, how: Settled, durationMs: number): void
  staged(group: string, stage: ErrorStage, seconds: number): void
  /** From when work on a record could have begun to when it did. */
  waited(durationMs: number): void
  /** From the event's first record to its end. */
  arrived(durationMs: number): void
}

const SETTLED: readonly Settled[] = ['stored', 'unchanged', 'gone', 'superseded', 'retried', 'dead', 'discarded']

/** Clocks of different machines differ; a record without a timestamp has -1, which is no time. */
const secondsOf = (durationMs: number): number => Math.max(0, durationMs) / 1_000

const perGroup = (registers: Registry[], { name: queue }: Queue, groups: readonly string[]) => {
  const processed = new Counter({
    name: 'pokepedia_records_processed_total',
    help: 'Deliveries that came to an end, by what became of them',
    labelNames: ['queue', 'group', 'outcome'] as const,
    registers,
  })
  const duration = new Histogram({
    name: 'pokepedia_process_duration_seconds',
    help: 'Time from taking a record to its end',
    labelNames: ['queue', 'group'] as const,
    buckets: PROCESS_EDGES_S,
    registers,
  })
  const stages = new Histogram({
    name: 'pokepedia_stage_duration_seconds',
    help: 'Time of a step of the handling',
    labelNames: ['group', 'stage'] as const,
    buckets: PROCESS_EDGES_S,
    registers,
  })
  // A series that is born at 1 shows no increase(), so the known ones start at 0.
  for (const group of groups) {
    for (const outcome of SETTLED) processed.inc({ queue, group, outcome }, 0)
    duration.zero({ queue, group })
    for (const stage of STAGES) stages.zero({ group, stage })
  }
  return { processed, duration, stages }
}

const perQueue = (registers: Registry[], { name: queue }: Queue) => {
  const histogram = (name: string, help: string) => {
    const made = new Histogram({ name, help, labelNames: ['queue'] as const, buckets: WAIT_EDGES_S, registers })
    made.zero({ queue })
    return made
  }
  return {
    waits: histogram('pokepedia_queue_wait_seconds', 'Time from when a record was due to when work on it began'),
    ways: histogram('pokepedia_end_to_end_seconds', 'Time from the first record of an event to its end'),
  }
}

export const createHandlingMetrics = (registry: Registry, queue: Queue, groups: readonly string[]): HandlingMetrics => {
  const { processed, duration, stages } = perGroup([registry], queue, groups)
  const { waits, ways } = perQueue([registry], queue)
  return {
    settled(group, outcome, durationMs) {
      processed.inc({ queue: queue.name, group, outcome })
      duration.observe({ queue: queue.name, group }, durationMs / 1_000)
    },
    staged: (group, stage, seconds) => stages.observe({ group, stage }, seconds),
    waited: (durationMs) => waits.observe({ queue: queue.name }, secondsOf(durationMs)),
    arrived: (durationMs) => ways.observe({ queue: queue.name }, secondsOf(durationMs)),
  }
}
