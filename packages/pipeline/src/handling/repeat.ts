import { classify, dependencyOf, type PipelineError } from '@pokepedia/errors'
import type { Breakers } from '../breakers/breakers.ts'
import { pause } from './bounded.ts'

/** When work on the events of a partition has to end. */
export interface PartitionSignals {
  /** Aborts when the consumer stops or the partition is given up: events that wait leave. */
  readonly leaving: AbortSignal
  /** Aborts when the partition is given up: handlers are told to end, and nothing more is written for its events. */
  readonly revoked: AbortSignal
}

export interface RepeatParts {
  readonly breakers: Breakers
  /** Told of every failure, those that an outage repeats included. */
  readonly failed: (error: PipelineError) => void
}

/** The event is left to the next owner of its partition. */
export const ABANDONED = 'abandoned'

/** How often a step is repeated in place though the dependency it misses is there; see docs/decisions/012. */
const REPEATS = 3
/** As often for an answer that a moment later may be another. */
const REPEATS_AT_UPSTREAM = 2
const FIRST_PAUSE_MS = 250
/** For an event that waits for its turn, not for a dependency; it may do so for ever. */
const TURN_PAUSE_MS = 250
const isTurn = (error: PipelineError): boolean => error.class === 'pause' && dependencyOf(error.code) === undefined

/**
 * How often a failed step is repeated before its event pays for it. What took its time to fail (`timeout`, `deadline`)
 * is not, for it would hold its place as long again; nor what the host wants repeated later.
 */
const repeatsOf = ({ class: errorClass, code, retryAfterMs }: PipelineError): number => {
  if (errorClass === 'pause') return REPEATS
  const isPassing = errorClass === 'retry' && code !== 'timeout' && retryAfterMs === undefined
  return isPassing && dependencyOf(code) === 'upstream' ? REPEATS_AT_UPSTREAM : 0
}

/** Doubles; half of it is chance, so that what failed together does not come back together. */
const pauseMsOf = (repeats: number): number => FIRST_PAUSE_MS * 2 ** repeats * (0.5 + Math.random() / 2)

/**
 * Takes a step, again for as long as an outage is the reason why it fails; that costs no attempt. Resolves to the
 * step's result, to the failure that is the event's own, or to `abandoned`. Throws fatal errors.
 */
export const repeatThroughOutages = async <Result>(
  step: () => Promise<Result>,
  { breakers, failed }: RepeatParts,
  { leaving, revoked }: PartitionSignals,
): Promise<Result | PipelineError | typeof ABANDONED> => {
  let repeats = 0
  while (!revoked.aborted && (await breakers.closed(leaving))) {
    const beganMs = performance.now()
    try {
      return await step()
    } catch (thrown) {
      if (revoked.aborted || thrown === leaving.reason) return ABANDONED
      const error = classify(thrown)
      if (error.class === 'fatal') throw error
      if (isTurn(error)) {
        if (!(await pause(TURN_PAUSE_MS, leaving))) return ABANDONED
        continue
      }
      failed(error)
      if (await breakers.explain(error, beganMs)) continue
      if (repeats >= repeatsOf(error)) return error
      if (!(await pause(pauseMsOf(repeats), leaving))) return ABANDONED
      repeats += 1
    }
  }
  return ABANDONED
}
