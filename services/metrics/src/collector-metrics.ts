import { type ErrorCode, KNOWN_CODES } from '@pokepedia/errors'
import { DURATION_EDGES_S } from '@pokepedia/service'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Collector } from './collector.ts'

/** Whether what the collectors read is fresh. */
export interface CollectorMetrics {
  /** A collector of this name begins: its counts start at 0. */
  begins(collector: string): void
  /** A cycle ended, well or not. */
  cycled(collector: Collector<unknown>): void
}

/** What Kafka and Postgres can fail with, and what is a defect of ours. */
const isForeseen = (code: ErrorCode): boolean => /^(?:kafka|pg)_|^internal$/.test(code)

const declare = (registers: Registry[]) => {
  const labelNames = ['collector'] as const
  return {
    up: new Gauge({
      name: 'pokepedia_collector_up',
      help: '1 when the last cycle of the collector succeeded',
      labelNames,
      registers,
    }),
    duration: new Histogram({
      name: 'pokepedia_collector_duration_seconds',
      help: 'How long a cycle of the collector took',
      labelNames,
      buckets: DURATION_EDGES_S,
      registers,
    }),
    lastSuccess: new Gauge({
      name: 'pokepedia_collector_last_success_timestamp_seconds',
      help: 'When the collector last succeeded, 0 for never',
      labelNames,
      registers,
    }),
    failures: new Counter({
      name: 'pokepedia_collector_errors_total',
      help: 'Cycles of the collector that failed, by the code of the error',
      labelNames: ['collector', 'code'] as const,
      registers,
    }),
  }
}

export const createCollectorMetrics = (registry: Registry): CollectorMetrics => {
  const { up, duration, lastSuccess, failures } = declare([registry])
  return {
    begins(collector) {
      for (const code of KNOWN_CODES.filter(isForeseen)) failures.inc({ collector, code }, 0)
      duration.zero({ collector })
    },
    cycled({ state: { name: collector, ...state } }) {
      up.set({ collector }, state.up ? 1 : 0)
      duration.observe({ collector }, state.durationMs / 1_000)
      lastSuccess.set({ collector }, (state.lastSuccessAt?.getTime() ?? 0) / 1_000)
      if (state.error) failures.inc({ collector, code: state.error.code })
    },
  }
}
