import { classify, dependencyOf, type PipelineError } from '@pokepedia/errors'
import type { Breakers } from '../breakers/breakers.ts'
import { pauseMsOf, repeatsOf } from './backoff.ts'
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

/** For an event that waits for its turn, not for a dependency; it may do so for ever. */
const TURN_PAUSE_MS = 250
const isTurn = (error: PipelineError): boolean => error.class === 'pause' && dependencyOf(error.code) === undefined

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
