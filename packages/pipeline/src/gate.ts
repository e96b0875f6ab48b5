import type { PipelineError } from '@pokepedia/errors'

/**
 * Holds all work while a dependency is down. The first failure shuts it; after a pause one waiter is let through
 * as a probe; the first event that ends otherwise opens it. No attempt is spent meanwhile.
 */
export interface Gate {
  /** Waits until it is this event's turn to try again, or until the signal aborts. */
  wait(error: PipelineError, signal: AbortSignal): Promise<void>
  /** Some event got past the dependency. */
  passed(): void
  readonly shut: boolean
}

const FIRST_PAUSE_MS = 250
/** Short enough that work goes on within 5 s of a dependency's return. */
const LONGEST_PAUSE_MS = 2_000

export const createGate = (onChange: (shutBy: PipelineError | undefined) => void): Gate => {
  const waiting = new Set<() => void>()
  let pauseMs = FIRST_PAUSE_MS
  let shut = false
  let timer: NodeJS.Timeout | undefined

  const letOneProbe = (): void => {
    timer = undefined
    const [probe] = waiting
    probe?.()
  }

  return {
    wait(error, signal) {
      if (signal.aborted) return Promise.resolve()
      if (!shut) {
        shut = true
        onChange(error)
      }
      return new Promise((resolve) => {
        const leave = (): void => {
          waiting.delete(leave)
          signal.removeEventListener('abort', leave)
          resolve()
        }
        waiting.add(leave)
        signal.addEventListener('abort', leave, { once: true })
        if (timer) return
        timer = setTimeout(letOneProbe, pauseMs)
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      })
    },
    passed() {
      if (!shut) return
      shut = false
      pauseMs = FIRST_PAUSE_MS
      clearTimeout(timer)
      timer = undefined
      onChange(undefined)
      for (const leave of [...waiting]) leave()
    },
    get shut() {
      return shut
    },
  }
}
