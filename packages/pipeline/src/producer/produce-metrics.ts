import { DURATION_EDGES_S, timed } from '@pokepedia/service'
import { Counter, Histogram, type Registry } from 'prom-client'

/** Where a producer counts what it writes. */
export interface ProduceCounting {
  readonly registry: Registry
  /** What the process writes to, so that its counts start at 0. */
  readonly topics: readonly string[]
}

export interface ProduceMetrics {
  /** Sends so many records and counts them, and the time until the broker has them. */
  measured(topic: string, records: number, send: () => Promise<void>): Promise<void>
}

const RESULTS = ['acked', 'failed'] as const

/** What is written and what it takes; see docs/metrics.md. */
export const createProduceMetrics = (counting: ProduceCounting | undefined): ProduceMetrics => {
  const registers = counting ? [counting.registry] : []
  const records = new Counter({
    name: 'pokepedia_records_produced_total',
    help: 'Records that the broker has acknowledged or has not taken',
    labelNames: ['topic', 'result'] as const,
    registers,
  })
  const duration = new Histogram({
    name: 'pokepedia_produce_duration_seconds',
    help: 'Time from handing records to the producer to their acknowledgement',
    labelNames: ['topic'] as const,
    buckets: DURATION_EDGES_S,
    registers,
  })
  for (const topic of counting?.topics ?? []) {
    for (const result of RESULTS) records.inc({ topic, result }, 0)
    duration.zero({ topic })
  }
  return {
    async measured(topic, count, send) {
      let result: (typeof RESULTS)[number] = 'failed'
      try {
        await timed(send, (seconds) => duration.observe({ topic }, seconds))
        result = 'acked'
      } finally {
        records.inc({ topic, result }, count)
      }
    },
  }
}
