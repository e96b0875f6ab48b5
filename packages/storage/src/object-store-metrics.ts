import { DURATION_EDGES_S, timed } from '@pokepedia/service'
import { Counter, Histogram, type Registry } from 'prom-client'

/** What an object store is asked. */
const OPERATIONS = ['put', 'get', 'stat', 'list', 'remove', 'make_bucket', 'ping'] as const
export type ObjectOperation = (typeof OPERATIONS)[number]

export interface ObjectStoreMetrics {
  /** Asks the store and counts the time. */
  measured<Answer>(operation: ObjectOperation, ask: () => Promise<Answer>): Promise<Answer>
  /** Bytes of an object that the store has taken. */
  wrote(bytes: number): void
}

/** What requests to the object store take; see docs/metrics.md. */
export const createObjectStoreMetrics = (registry: Registry | undefined, bucket: string): ObjectStoreMetrics => {
  const registers = registry ? [registry] : []
  const duration = new Histogram({
    name: 'pokepedia_object_store_duration_seconds',
    help: 'Time of a request to the object store',
    labelNames: ['operation'] as const,
    buckets: DURATION_EDGES_S,
    registers,
  })
  const written = new Counter({
    name: 'pokepedia_object_store_written_bytes_total',
    help: 'Bytes of the objects written',
    labelNames: ['bucket'] as const,
    registers,
  })
  for (const operation of OPERATIONS) duration.zero({ operation })
  written.inc({ bucket }, 0)
  return {
    measured: (operation, ask) => timed(ask, (seconds) => duration.observe({ operation }, seconds)),
    wrote: (bytes) => written.inc({ bucket }, bytes),
  }
}
