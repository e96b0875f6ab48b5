import type { RunWithProgress } from '@pokepedia/storage'
import { Gauge, type Registry } from 'prom-client'
import type { LagSnapshot } from '../lag/read-lag.ts'
import { unaccountedOf } from './unaccounted.ts'

/** The newest runs, newest first, with the lag as it was read before them; undefined while it could not be. */
export interface RunReading {
  readonly runs: readonly RunWithProgress[]
  readonly lagBefore: LagSnapshot | undefined
}

const declare = (registers: Registry[]) => ({
  records: new Gauge({
    name: 'pokepedia_run_records',
    help: 'Records of the newest run by what became of them; their sum is what was requested',
    labelNames: ['queue', 'outcome'] as const,
    registers,
  }),
  inProgress: new Gauge({
    name: 'pokepedia_run_in_progress',
    help: '1 while a run is open',
    registers,
  }),
  unaccounted: new Gauge({
    name: 'pokepedia_run_unaccounted_records',
    help: 'Events that open runs wait for and Kafka no longer has; absent while the lag is not known',
    labelNames: ['queue'] as const,
    registers,
  }),
})

/** Declares the metrics of runs; returns what takes each reading. */
export const createRunMetrics = (registry: Registry): ((reading: RunReading) => void) => {
  const { records, inProgress, unaccounted } = declare([registry])
  let earlier: ReadonlyMap<string, number> = new Map()
  return ({ runs, lagBefore }) => {
    records.reset()
    // Without the requested ones, so that the sum over the outcomes is what was requested.
    for (const [queue, { requested: _, ...outcomes }] of Object.entries(runs[0]?.counts ?? {}))
      for (const [outcome, count] of Object.entries(outcomes)) records.set({ queue, outcome }, count)
    inProgress.set(runs.some(({ state }) => state === 'discovering' || state === 'running') ? 1 : 0)
    unaccounted.reset()
    if (!lagBefore) return
    // What was just sent is seen by the ledger first: only what two readings in a row miss is missing.
    const now = unaccountedOf(runs, lagBefore)
    for (const [queue, count] of now) unaccounted.set({ queue }, Math.min(count, earlier.get(queue) ?? 0))
    earlier = now
  }
}
