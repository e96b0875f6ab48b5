import { setTimeout as wait } from 'node:timers/promises'
import { isPipelineError } from '@pokepedia/errors'
import type { RunId } from '@pokepedia/events'
import { getRun, type RunWithProgress, type Store } from '@pokepedia/storage'
import { failure } from '../failure.ts'

const POLL_MS = 500

export const isClosed = ({ state }: RunWithProgress): boolean => state !== 'discovering' && state !== 'running'

/** The run, or undefined while the database is away: the run goes on when it is back. */
const readRun = async (store: Store, runId: RunId): Promise<RunWithProgress | undefined> => {
  try {
    const run = await getRun(store, runId)
    if (run === undefined) throw failure(`there is no run ${runId}`)
    return run
  } catch (error) {
    if (isPipelineError(error) && error.class === 'pause') return undefined
    throw error
  }
}

/** Watches a run until it has closed; `onProgress` is told twice a second. Throws the signal's reason when aborted. */
export const followRun = async (
  store: Store,
  runId: RunId,
  onProgress: (run: RunWithProgress) => void,
  signal: AbortSignal,
): Promise<RunWithProgress> => {
  for (;;) {
    signal.throwIfAborted()
    const run = await readRun(store, runId)
    if (run) onProgress(run)
    if (run && isClosed(run)) return run
    await wait(POLL_MS)
  }
}
