import { setTimeout as delay } from 'node:timers/promises'
import { isPipelineError, messageOf } from '@pokepedia/errors'
import { CliError, failure } from '../failure.ts'

/** One step of the way, and what was seen of it. */
export interface Step {
  readonly step: string
  readonly ok: boolean
  readonly detail: string
  /** What to look at; absent where the step is done. */
  readonly look?: string
}

/** What a step found out for the next ones, and what it says. */
export interface Found<Value> {
  readonly value: Value
  readonly detail: string
}

export interface Way {
  readonly steps: readonly Step[]
  /** Does a step, tells of it, and returns what it found; throws `WayEnded` when it failed. */
  step<Value>(name: string, look: string, work: () => Promise<Found<Value>>): Promise<Value>
}

/** A step failed, and was told of. */
export class WayEnded extends Error {
  override readonly name = 'WayEnded'
}

export const openWay = (onStep: (step: Step) => void): Way => {
  const steps: Step[] = []
  const tell = (step: Step): void => {
    steps.push(step)
    onStep(step)
  }
  return {
    steps,
    async step(name, look, work) {
      try {
        const { value, detail } = await work()
        tell({ step: name, ok: true, detail })
        return value
      } catch (error) {
        // What the person wrote is wrong, not the deployment.
        if (error instanceof CliError && error.exitCode === 2) throw error
        const hint = isPipelineError(error) ? ` (${error.code}: ${error.hint})` : ''
        tell({ step: name, ok: false, detail: `${messageOf(error)}${hint}`, look })
        throw new WayEnded(name, { cause: error })
      }
    },
  }
}

const POLL_MS = 250

/** Asks until the answer is good; fails at the end with what was seen last. */
export const until = async <Value>(
  endMs: number,
  look: () => Promise<Value>,
  isGood: (seen: Value) => boolean,
  told: (seen: Value) => string,
): Promise<Found<Value>> => {
  for (;;) {
    const value = await look()
    if (isGood(value)) return { value, detail: told(value) }
    if (Date.now() > endMs) throw failure(`not in time: ${told(value)}`)
    await delay(POLL_MS)
  }
}
