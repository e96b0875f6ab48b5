import type { RunId } from '@pokepedia/events'
import type { Store } from './store.ts'

/** How long a run that was not given up is taken for such without a question. */
const TRUSTED_MS = 1_000
/** Runs that are remembered at once. */
const REMEMBERED = 1_000

/**
 * Tells whether a run was cancelled or failed, so that its events need no work; of a run that goes on, Postgres is asked
 * once a second and not for each event. That a run was given up is never remembered: a redrive may open it again.
 */
export const createGivenUp = (store: Store): ((runId: RunId) => Promise<boolean>) => {
  const trustedUntil = new Map<RunId, number>()
  return async (runId) => {
    const askedAt = Date.now()
    if (askedAt < (trustedUntil.get(runId) ?? 0)) return false
    const rows = await store.query(
      'looking up a run',
      "select from pokepedia_runs where id = $1 and state in ('cancelled', 'failed')",
      [runId],
    )
    if (rows.length > 0) return true
    if (trustedUntil.size >= REMEMBERED) trustedUntil.clear()
    trustedUntil.set(runId, askedAt + TRUSTED_MS)
    return false
  }
}
