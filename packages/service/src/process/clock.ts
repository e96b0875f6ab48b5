/** Time, so that tests can bring their own. */
export interface Clock {
  /** Monotonic. */
  nowMs(): number
  /** Runs a function later; calling the result prevents it. */
  after(delayMs: number, run: () => void): () => void
}

/** The process's own time. */
export const processClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}
