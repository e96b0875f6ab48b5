import { setTimeout as delay } from 'node:timers/promises'
import { classify } from '@pokepedia/errors'
import type { Log } from '../telemetry/log.ts'

const EVERY_MS = 1_000

/**
 * Repeats a step of the start-up while the dependency it needs is down (class `pause`), with one line when it begins
 * to wait and one when it goes on. Any other error is thrown.
 */
export const patiently = async <Result>(name: string, step: () => Promise<Result>, log: Log): Promise<Result> => {
  for (let waiting = false; ; ) {
    try {
      const result = await step()
      if (waiting) log.info({ event: 'start.resumed', dependency: name }, `${name} is there`)
      return result
    } catch (thrown) {
      const error = classify(thrown)
      if (error.class !== 'pause') throw error
      if (!waiting)
        log.warn(
          { event: 'start.waiting', dependency: name, code: error.code },
          `waiting for ${name}: ${error.message}`,
        )
      waiting = true
      await delay(EVERY_MS)
    }
  }
}
