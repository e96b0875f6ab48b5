import type { ErrorCode, PipelineError } from '@pokepedia/errors'
import type { Clock } from '@pokepedia/service'

/** Asks a dependency whether it is there; resolves to what is wrong with it, or to undefined. Never rejects. */
export type Ask = () => Promise<PipelineError | undefined>

/** An outage that goes on. */
export interface Outage {
  /** By the breaker's clock. */
  readonly sinceMs: number
  /** Of the failure that made us ask. */
  readonly code: ErrorCode
  /** What the probe said. */
  readonly failure: PipelineError
}

/** Tells an outage of one dependency from the failure of one event, by asking the dependency. */
export interface Breaker {
  /**
   * Whether the dependency is the reason why work that began at `beganMs` has failed. Asks it, unless it has just
   * answered or is known to be away. Work that an outage has touched is always its victim.
   */
  isBlamedFor(error: PipelineError, beganMs: number): Promise<boolean>
  readonly outage: Outage | undefined
  /** Asks no more. */
  stop(): void
}

/** An answer speaks for failures of this time, and for so many of them: an outage that begins right after it costs no more. */
const ANSWER_KEPT_MS = 1_000
const ANSWER_KEPT_FOR = 8
const FIRST_PAUSE_MS = 250
/** With the limit of a probe short enough that work goes on within 5 s of a dependency's return. */
const LONGEST_PAUSE_MS = 2_000

/** Makes a closed breaker; `changed` is told when it opens and, with the outage that has ended, when it closes. */
export const createBreaker = (ask: Ask, clock: Clock, changed: (outage: Outage) => void): Breaker => {
  let outage: Outage | undefined
  let asking: ReturnType<Ask> | undefined
  let answeredMs = Number.NEGATIVE_INFINITY
  let spokenFor = 0
  let closedMs = Number.NEGATIVE_INFINITY
  let stopped = false
  let cancel = (): void => undefined

  const askOnce = (): ReturnType<Ask> => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }

  const askAgainAfter = (pauseMs: number, during: Outage): void => {
    if (stopped) return
    cancel = clock.after(pauseMs, async () => {
      if (await askOnce()) return askAgainAfter(Math.min(2 * pauseMs, LONGEST_PAUSE_MS), during)
      outage = undefined
      closedMs = clock.nowMs()
      changed(during)
    })
  }

  const open = (code: ErrorCode, failure: PipelineError): void => {
    outage = { sinceMs: clock.nowMs(), code, failure }
    changed(outage)
    askAgainAfter(FIRST_PAUSE_MS, outage)
  }

  const hasJustAnswered = (): boolean => {
    if (clock.nowMs() - answeredMs >= ANSWER_KEPT_MS || spokenFor >= ANSWER_KEPT_FOR) return false
    spokenFor += 1
    return true
  }

  const isBlamedFor = async (error: PipelineError, beganMs: number): Promise<boolean> => {
    if (outage || beganMs < closedMs) return true
    if (hasJustAnswered()) return false
    const isFirst = asking === undefined
    const failure = await askOnce()
    if (failure !== undefined) {
      if (!outage) open(error.code, failure)
      return true
    }
    // Whoever came while it was being asked may have failed after it answered.
    if (!isFirst) return isBlamedFor(error, beganMs)
    answeredMs = clock.nowMs()
    spokenFor = 0
    return false
  }

  return {
    isBlamedFor,
    get outage() {
      return outage
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}
