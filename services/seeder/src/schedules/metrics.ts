import { type Log, type Repeating, repeat } from '@pokepedia/service'
import { listSchedules, type Schedule, type Store } from '@pokepedia/storage'
import { Counter, Gauge, type Registry } from 'prom-client'

const READ_EVERY_MS = 2_000

/** Declares the metrics of schedules; returns what takes each reading. Names are listed in docs/metrics.md. */
export const createScheduleMetrics = (registry: Registry): ((schedules: readonly Schedule[]) => void) => {
  const labelNames = ['schedule'] as const
  const registers = [registry]
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers })
  const enabled = gauge('pokepedia_schedule_enabled', '1 for a schedule that is enabled, 0 for one that is not')
  const lastRun = gauge('pokepedia_schedule_last_run_timestamp_seconds', 'When its last run began; absent before it')
  const lastSuccess = gauge('pokepedia_schedule_last_success_timestamp_seconds', 'When a run last completed; 0: never')
  const nextRun = gauge('pokepedia_schedule_next_run_timestamp_seconds', 'When it is due; absent while disabled')
  const missed = new Counter({
    name: 'pokepedia_schedule_missed_total',
    help: 'Ticks that no seeder was there for and that were not caught up with',
    labelNames,
    registers,
  })
  const skipped = new Counter({
    name: 'pokepedia_schedule_skipped_total',
    help: 'Ticks that met a run of the schedule which was still going',
    labelNames,
    registers,
  })
  return (schedules) => {
    for (const metric of [enabled, lastRun, lastSuccess, nextRun, missed, skipped]) metric.reset()
    for (const schedule of schedules) {
      const labels = { schedule: schedule.name }
      enabled.set(labels, schedule.enabled ? 1 : 0)
      if (schedule.lastRunAt) lastRun.set(labels, schedule.lastRunAt.getTime() / 1_000)
      lastSuccess.set(labels, (schedule.lastSuccessAt?.getTime() ?? 0) / 1_000)
      if (schedule.nextAt) nextRun.set(labels, schedule.nextAt.getTime() / 1_000)
      // Counted in the database, by whichever seeder decided: every seeder shows the same.
      missed.inc(labels, schedule.missed)
      skipped.inc(labels, schedule.skipped)
    }
  }
}

/** Shows the schedules as the database has them; every seeder shows the same. */
export const startShowing = (store: Store, registry: Registry, log: Log): Repeating => {
  const show = createScheduleMetrics(registry)
  return repeat('reading schedules', READ_EVERY_MS, async () => show(await listSchedules(store)), log)
}
