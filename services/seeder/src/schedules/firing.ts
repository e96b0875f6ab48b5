import { type Log, type Repeating, repeat, secondsOf } from '@pokepedia/service'
import { type DueSchedule, decideTicks, dueSchedules, type Store } from '@pokepedia/storage'
import type { SeederMetrics } from '../metrics.ts'
import { decide } from './cron.ts'

export interface FiringOptions {
  readonly store: Store
  readonly metrics: Pick<SeederMetrics, 'seedRequested'>
  readonly log: Log
  /** Told of each new run. */
  readonly onRun: () => void
}

const LOOK_EVERY_MS = 250

const decideOn = async (schedule: DueSchedule, { store, metrics, log, onRun }: FiringOptions): Promise<void> => {
  const decision = decide(schedule)
  const { outcome, runId } = await decideTicks(store, schedule, decision)
  if (outcome === null) return
  const { name } = schedule
  if (decision.missed > 0)
    log.warn(
      { event: 'schedule.missed', schedule: name, missed: decision.missed },
      `${name}: ${decision.missed} ticks were missed, since no seeder was at work`,
    )
  if (decision.due === null) return
  const about = { schedule: name, due_at: decision.due.toISOString() }
  if (outcome === 'fired') {
    const lateMs = decision.until.getTime() - decision.due.getTime()
    log.info({ event: 'schedule.fired', ...about, run_id: runId, late_s: secondsOf(lateMs) }, `${name}: run ${runId}`)
    metrics.seedRequested('schedule', 'accepted')
    onRun()
  } else {
    log.info({ event: 'schedule.skipped', ...about }, `${name}: a tick is skipped, since a run of it is still going`)
  }
}

/**
 * Fires what is due, by the clock of Postgres. Every seeder looks; the one whose decision is written first makes the run,
 * in the same transaction, and the others find nothing to decide. So nobody has to take over from one that is killed.
 */
export const startFiring = (options: FiringOptions): Repeating =>
  repeat(
    'firing schedules',
    LOOK_EVERY_MS,
    async () => {
      for (const schedule of await dueSchedules(options.store)) await decideOn(schedule, options)
    },
    options.log,
  )
