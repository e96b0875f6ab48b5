import { z } from 'zod'
import type { Store } from './store.ts'

/** Ledger rows that one transaction removes. */
const BATCH = 5_000

const partRows = z.array(z.object({ run: z.string(), done: z.boolean() })).max(1)

/**
 * Removes runs that ended more than so many days ago, with their ledger rows, in batches of 5,000; returns their ids.
 * Open runs are never removed, whatever their age, nor are those with letters in an open redrive.
 */
export const removeOldRuns = async (store: Store, keptForDays: number): Promise<string[]> => {
  const removed: string[] = []
  for (;;) {
    const rows = await store.query(
      'removing old runs',
      'select * from pokepedia_remove_run_part(now() - make_interval(days => $1), $2)',
      [keptForDays, BATCH],
    )
    const part = partRows.parse(rows)[0]
    if (!part) return removed
    if (part.done) removed.push(part.run)
  }
}
