import { errors } from '@pokepedia/errors'

/**
 * Does the work for each entry, `width` at once. At the first failure the others are told by their signal; rejects
 * with that failure when all have ended, so that nothing goes on behind the caller's back. Throws `deadline` when the
 * caller's signal aborts between two entries.
 */
export const forEach = async <Entry>(
  entries: readonly Entry[],
  width: number,
  signal: AbortSignal,
  work: (entry: Entry, signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const left = entries.values()
  const worker = async (): Promise<void> => {
    for (const entry of left) {
      if (failed.signal.aborted) return
      if (signal.aborted) throw errors('deadline', 'given up', { cause: signal.reason })
      await work(entry, either)
    }
  }
  const guarded = () =>
    worker().catch((error: unknown) => {
      failed.abort(error)
      throw error
    })
  await Promise.allSettled(Array.from({ length: width }, guarded))
  failed.signal.throwIfAborted()
}
