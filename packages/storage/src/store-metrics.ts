import { timed } from '@pokepedia/service'
import type pg from 'pg'
import { Gauge, Histogram, type Registry } from 'prom-client'

/** OpenTelemetry's bucket edges for `db.client.operation.duration`, and the statement timeout. */
const QUERY_EDGES_S = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30]

/**
 * The first function or table of ours that a statement names, without the prefix: `save_resources`, `run_ledger`.
 * Statements are constants of this package, so there are as many names as the schema has. `other` for none.
 */
export const operationOf = (statement: string): string =>
  /\b(?:pokepedia|pokeapi)_([a-z_]+)/.exec(statement)?.[1] ?? 'other'

export interface StoreMetrics {
  /** Sends a statement and counts its time, the wait for a connection included. */
  measured<Answer>(statement: string, send: () => Promise<Answer>): Promise<Answer>
}

/** What the pool's statements take, and its connections at the moment of a scrape; see docs/metrics.md. */
export const createStoreMetrics = (registry: Registry | undefined, pool: pg.Pool): StoreMetrics => {
  const registers = registry ? [registry] : []
  const duration = new Histogram({
    name: 'pokepedia_db_query_duration_seconds',
    help: 'Time of a statement, the wait for a connection included, by the function or table it begins with',
    labelNames: ['operation'] as const,
    buckets: QUERY_EDGES_S,
    registers,
  })
  new Gauge({
    name: 'pokepedia_db_pool_connections',
    help: 'Connections to Postgres that are idle or active, and statements that wait for one',
    labelNames: ['state'] as const,
    registers,
    collect() {
      const { totalCount, idleCount, waitingCount } = pool
      this.set({ state: 'idle' }, idleCount)
      this.set({ state: 'active' }, totalCount - idleCount)
      this.set({ state: 'waiting' }, waitingCount)
    },
  })
  return {
    measured: (statement, send) =>
      timed(send, (seconds) => duration.observe({ operation: operationOf(statement) }, seconds)),
  }
}
