import { type Log, type Repeating, repeat } from '@pokepedia/service'
import { removeOldRuns, removeOldTicks, type Store } from '@pokepedia/storage'

export interface RetentionOptions {
  readonly store: Store
  /** Days after its end that a run is kept; 0 for ever. */
  readonly keptForDays: number
  readonly log: Log
}

const LOOK_EVERY_MS = 60_000

/** Removes runs that ended too long ago, and what was decided on ticks; several seeders may do so at once. */
export const startRemoving = ({ store, keptForDays, log }: RetentionOptions): Repeating =>
  repeat(
    'removing old runs',
    LOOK_EVERY_MS,
    async () => {
      if (keptForDays === 0) return
      await removeOldTicks(store, keptForDays)
      const removed = await removeOldRuns(store, keptForDays)
      if (removed.length === 0) return
      const facts = { event: 'runs.removed', run_ids: removed, kept_for_days: keptForDays }
      log.info(facts, `${removed.length} runs that ended over ${keptForDays} days ago are removed`)
    },
    log,
  )
