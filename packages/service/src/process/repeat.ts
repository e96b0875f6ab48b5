import { classify, type PipelineError } from '@pokepedia/errors'
import type { Log } from '../telemetry/log.ts'

/** Work that is done again and again. */
export interface Repeating extends AsyncDisposable {
  /** Has the work done again at once, or as soon as it ends. */
  wake(): void
  /** Rejects with a fatal error of the work; never resolves. */
  readonly failed: Promise<never>
}

/**
 * Repeats the work, `everyMs` after it ended. A failure is logged once, and once more when the work succeeds again;
 * a fatal one ends the repetition. Disposing waits for the work under way.
 */
export const repeat = (name: string, everyMs: number, work: () => Promise<void>, log: Log): Repeating => {
  let stopped = false
  let woken = false
  let endPause = (): void => undefined
  let failing = false

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => endPause(), everyMs)
      endPause = () => {
        clearTimeout(timer)
        endPause = () => undefined
        resolve()
      }
      if (woken || stopped) endPause()
      woken = false
    })

  const once = async (): Promise<PipelineError | undefined> => {
    try {
      await work()
      if (failing) log.info({ event: 'repeat.resumed', work: name }, `${name}: works again`)
      failing = false
      return undefined
    } catch (thrown) {
      const error = classify(thrown)
      if (!failing)
        log.warn({ event: 'repeat.failed', work: name, code: error.code, err: error }, `${name}: ${error.message}`)
      failing = true
      return error.class === 'fatal' ? error : undefined
    }
  }

  const run = async (): Promise<void> => {
    while (!stopped) {
      const fatal = await once()
      if (fatal) throw fatal
      await pause()
    }
  }

  const running = run()
  const failed = running.then(() => new Promise<never>(() => undefined))
  // Whoever watches `failed` gets the error; without a watcher it must not end the process as unhandled.
  failed.catch(() => undefined)
  return {
    failed,
    wake() {
      woken = true
      endPause()
    },
    async [Symbol.asyncDispose]() {
      stopped = true
      endPause()
      await running.catch(() => undefined)
    },
  }
}
