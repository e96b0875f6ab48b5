import { RUN_TRIGGERS, type Run, type RunTrigger } from '@pokepedia/storage'
import { Counter, Histogram, type Registry } from 'prom-client'

/** What became of a request to seed. */
export type SeedResult = 'accepted' | 'replayed' | 'counted' | 'refused' | 'failed'
const SEED_RESULTS: readonly SeedResult[] = ['accepted', 'replayed', 'counted', 'refused', 'failed']
const RUN_RESULTS = ['completed', 'completed_with_dead_letters', 'cancelled', 'failed'] as const
const RUN_EDGES_S = [1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 14_400, 86_400]

/** What the seeder reports; names and labels are listed in docs/metrics.md. */
export interface SeederMetrics {
  seedRequested(trigger: RunTrigger, result: SeedResult): void
  /** A run ended, after so many milliseconds. */
  ended(run: Pick<Run, 'state' | 'trigger'>, durationMs: number): void
}

export const createSeederMetrics = (registry: Registry): SeederMetrics => {
  const registers = [registry]
  const requests = new Counter({
    name: 'pokepedia_seed_requests_total',
    help: 'Requests to seed, by what became of them',
    labelNames: ['trigger', 'result'],
    registers,
  })
  const runs = new Counter({
    name: 'pokepedia_runs_total',
    help: 'Runs that ended, by what asked for them and their last state',
    labelNames: ['trigger', 'result'],
    registers,
  })
  const duration = new Histogram({
    name: 'pokepedia_run_duration_seconds',
    help: 'Time from the request to seed to the end of its run',
    buckets: RUN_EDGES_S,
    registers,
  })
  // A series that is born at 1 shows no increase(), so the known ones start at 0.
  for (const trigger of RUN_TRIGGERS) {
    for (const result of SEED_RESULTS) requests.inc({ trigger, result }, 0)
    for (const result of RUN_RESULTS) runs.inc({ trigger, result }, 0)
  }
  return {
    seedRequested: (trigger, result) => requests.inc({ trigger, result }),
    ended({ trigger, state }, durationMs) {
      runs.inc({ trigger, result: state })
      duration.observe(durationMs / 1_000)
    },
  }
}
