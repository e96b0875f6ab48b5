import {
  classify,
  DEPENDENCIES,
  type Dependency,
  dependencyOf,
  type ErrorCode,
  errors,
  type PipelineError,
} from '@pokepedia/errors'
import { type Log, processClock } from '@pokepedia/service'
import { bounded } from '../handling/bounded.ts'
import { type Ask, type Breaker, createBreaker, type Outage } from './breaker.ts'

/** Resolves when the dependency is there; rejects when it is not. Its signal aborts after 2.5 s. */
export type Probe = (signal: AbortSignal) => Promise<void>
/** How each dependency of a consumer is asked; one without a probe is never taken for being away. */
export type Probes = Readonly<Partial<Record<Dependency, Probe>>>

/** A breaker for people and pages. */
export interface BreakerState {
  readonly dependency: Dependency
  readonly open: boolean
  /** Since when it is in this state. */
  readonly since: Date
  /** The failure that opened it. */
  readonly code: ErrorCode | undefined
  /** What the dependency was found to fail with when it opened. */
  readonly detail: string | undefined
}

/** The breakers of one consumer. Work waits while any is open. */
export interface Breakers {
  /** Whether an outage explains the failure of work that began at `beganMs` (`performance.now`). */
  explain(error: PipelineError, beganMs: number): Promise<boolean>
  /** Resolves to true when no breaker is open, or to false when the signal aborted first. */
  closed(signal: AbortSignal): Promise<boolean>
  states(): BreakerState[]
  stop(): void
}

export interface BreakersOptions {
  readonly probes: Probes
  readonly log: Log
  /** Told when the first breaker opens and when the last closes. */
  readonly hold: (held: boolean) => void
  readonly transition: (dependency: Dependency, to: 'open' | 'closed') => void
}

const PROBE_LIMIT_MS = 2_500

const askOf =
  (dependency: Dependency, probe: Probe): Ask =>
  async () => {
    try {
      await bounded(
        PROBE_LIMIT_MS,
        () => errors('timeout', `${dependency}: no answer within ${PROBE_LIMIT_MS} ms`),
        undefined,
        probe,
      )
      return undefined
    } catch (thrown) {
      const failure = classify(thrown)
      // It is there and refuses us for good; the repeated event meets the same and stops the process with the reason.
      return failure.class === 'fatal' ? undefined : failure
    }
  }

/** Makes a closed breaker for each probe. */
export const createBreakers = ({ probes, log, hold, transition }: BreakersOptions): Breakers => {
  const since = new Map<Dependency, Date>()
  const waiting = new Set<() => void>()
  const isHeld = (): boolean => [...breakers.values()].some(({ outage }) => outage !== undefined)
  let held = false

  const changed = (dependency: Dependency, { code, failure, sinceMs }: Outage): void => {
    const isOpen = breakers.get(dependency)?.outage !== undefined
    since.set(dependency, new Date())
    transition(dependency, isOpen ? 'open' : 'closed')
    if (isOpen)
      log.warn(
        { event: 'breaker.opened', dependency, code },
        `paused, ${dependency} is away: ${failure.message}; ${failure.hint}`,
      )
    else {
      const seconds = Math.round(processClock.nowMs() - sinceMs) / 1_000
      log.info({ event: 'breaker.closed', dependency, duration_s: seconds }, `${dependency} is back after ${seconds} s`)
    }
    if (isHeld() === held) return
    held = !held
    hold(held)
    if (!held) for (const go of [...waiting]) go()
  }

  const breakers = new Map<Dependency, Breaker>()
  for (const dependency of DEPENDENCIES) {
    const probe = probes[dependency]
    if (!probe) continue
    since.set(dependency, new Date())
    const ask = askOf(dependency, probe)
    breakers.set(
      dependency,
      createBreaker(ask, processClock, (outage) => changed(dependency, outage)),
    )
  }

  /** What is too late may wait for anything. */
  const suspects = ({ code }: PipelineError): Breaker[] => {
    if (code === 'deadline') return [...breakers.values()]
    const dependency = dependencyOf(code)
    const breaker = dependency && breakers.get(dependency)
    return breaker ? [breaker] : []
  }

  return {
    async explain(error, beganMs) {
      const verdicts = suspects(error).map((breaker) => breaker.isBlamedFor(error, beganMs))
      return (await Promise.all(verdicts)).includes(true)
    },
    closed(signal) {
      if (!held) return Promise.resolve(true)
      if (signal.aborted) return Promise.resolve(false)
      return new Promise((resolve) => {
        const leave = (): void => {
          waiting.delete(go)
          resolve(false)
        }
        const go = (): void => {
          waiting.delete(go)
          signal.removeEventListener('abort', leave)
          resolve(true)
        }
        waiting.add(go)
        signal.addEventListener('abort', leave, { once: true })
      })
    },
    states: () =>
      [...breakers].map(([dependency, { outage }]) => ({
        dependency,
        open: outage !== undefined,
        since: since.get(dependency) ?? new Date(),
        code: outage?.code,
        detail: outage?.failure.message,
      })),
    stop() {
      for (const breaker of breakers.values()) breaker.stop()
    },
  }
}
