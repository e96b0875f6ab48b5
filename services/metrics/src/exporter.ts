import type { RunWithProgress } from '@pokepedia/storage'
import { Gauge, type Registry } from 'prom-client'
import type { Collector } from './collector.ts'

/** Puts snapshots into the registry; a scrape prints what is there and asks nobody. */
export interface Exporter {
  /** Runs, newest first. */
  runs(runs: readonly RunWithProgress[]): void
  collector(collector: Collector<unknown>): void
}

const runGauges = (registers: Registry[]) => ({
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
})

const collectorGauges = (registers: Registry[]) => ({
  up: new Gauge({
    name: 'pokepedia_collector_up',
    help: '1 when the last cycle of the collector succeeded',
    labelNames: ['collector'] as const,
    registers,
  }),
  duration: new Gauge({
    name: 'pokepedia_collector_duration_seconds',
    help: 'How long the last cycle of the collector took',
    labelNames: ['collector'] as const,
    registers,
  }),
  lastSuccess: new Gauge({
    name: 'pokepedia_collector_last_success_timestamp_seconds',
    help: 'When the collector last succeeded, 0 for never',
    labelNames: ['collector'] as const,
    registers,
  }),
})

/** Declares the metrics of runs and of the collectors. */
export const createExporter = (registry: Registry): Exporter => {
  const ofRuns = runGauges([registry])
  const collectors = collectorGauges([registry])
  return {
    runs(runs) {
      ofRuns.records.reset()
      // Without the requested ones, so that the sum over the outcomes is what was requested.
      for (const [queue, { requested: _, ...outcomes }] of Object.entries(runs[0]?.counts ?? {}))
        for (const [outcome, count] of Object.entries(outcomes)) ofRuns.records.set({ queue, outcome }, count)
      ofRuns.inProgress.set(runs.some(({ state }) => state === 'discovering' || state === 'running') ? 1 : 0)
    },
    collector({ state }) {
      const labels = { collector: state.name }
      collectors.up.set(labels, state.up ? 1 : 0)
      collectors.duration.set(labels, state.durationMs / 1_000)
      collectors.lastSuccess.set(labels, (state.lastSuccessAt?.getTime() ?? 0) / 1_000)
    },
  }
}
