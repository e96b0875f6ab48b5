import { classify, type PipelineError } from '@pokepedia/errors'
import type { RunId } from '@pokepedia/events'

const LONGEST_BACKOFF_MS = 30_000

/** Remembers which runs wait, since when, and until when. In memory: a new process begins with patience anew. */
export interface Patience {
  isDue(run: RunId, nowMs: number): boolean
  /** Leaves a run that another process is at for a while. */
  leave(run: RunId, untilMs: number): void
  /** Decides on a run whose try failed: `first` and `again` wait, `fail` ends it. */
  after(run: RunId, error: PipelineError, nowMs: number): 'first' | 'again' | 'fail'
  /** Forgets what is known of all other runs. */
  keepOnly(runs: readonly RunId[]): void
}

interface Setbacks {
  readonly sinceMs: number
  readonly tries: number
}

/** What stands behind a failed discovery; undefined when the fault is not the upstream's. */
const upstreamFault = (error: PipelineError): PipelineError | undefined => {
  if (error.code === 'discovery_failed') return classify(error.cause)
  return error.code === 'type_unknown' ? error : undefined
}

const passes = (fault: PipelineError): boolean => fault.class === 'retry' || fault.class === 'pause'

/**
 * Passing faults of the upstream are waited out for `limitMs`, others not at all. Faults of Postgres, Kafka and the
 * registry are waited out without limit, since they are ours. Waits double from 1 s to 30 s; a longer Retry-After holds.
 */
export const createPatience = (limitMs: number): Patience => {
  const dueMs = new Map<RunId, number>()
  const setbacks = new Map<RunId, Setbacks>()
  return {
    isDue: (run, nowMs) => (dueMs.get(run) ?? 0) <= nowMs,
    leave: (run, untilMs) => void dueMs.set(run, untilMs),
    after(run, error, nowMs) {
      const { sinceMs, tries } = setbacks.get(run) ?? { sinceMs: nowMs, tries: 0 }
      const fault = upstreamFault(error)
      if (fault && (!passes(fault) || nowMs - sinceMs >= limitMs)) return 'fail'
      const waitMs = Math.max(Math.min(1_000 * 2 ** tries, LONGEST_BACKOFF_MS), (fault ?? error).retryAfterMs ?? 0)
      dueMs.set(run, nowMs + waitMs)
      setbacks.set(run, { sinceMs, tries: tries + 1 })
      return tries === 0 ? 'first' : 'again'
    },
    keepOnly(runs) {
      const kept = new Set(runs)
      for (const run of [...dueMs.keys(), ...setbacks.keys()]) {
        if (kept.has(run)) continue
        dueMs.delete(run)
        setbacks.delete(run)
      }
    },
  }
}
