/** A limit on bytes held at once, shared by everything that runs side by side. */
export interface ByteBudget {
  /**
   * Runs the work when there is room for as many bytes as earlier work has needed; alone, if that is more than the
   * limit. The work tells how many bytes it holds as soon as it knows; none if it never does. Rejects with the
   * signal's reason when that aborts while waiting.
   */
  spend<Result>(signal: AbortSignal, work: (holds: (bytes: number) => void) => Promise<Result>): Promise<Result>
}

/** What the first work is expected to hold. */
const FIRST_GUESS_BYTES = 4 * 1024 * 1024
/** A guess falls to what is needed within some tens of works, and rises at once. */
const FORGETTING = 0.9

/** Makes a budget; who waits longest goes first, so that nobody is passed over for ever. */
export const createByteBudget = (limit: number): ByteBudget => {
  const waiting = new Set<() => void>()
  let held = 0
  let expected = Math.min(FIRST_GUESS_BYTES, limit)

  const startWhatFits = (): void => {
    for (const start of waiting) {
      if (held > 0 && held + expected > limit) return
      waiting.delete(start)
      start()
    }
  }

  /** Waits for room and takes what is expected; resolves to the bytes taken. */
  const take = (signal: AbortSignal): Promise<number> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const start = (): void => {
        signal.removeEventListener('abort', giveUp)
        held += expected
        resolve(expected)
      }
      const giveUp = (): void => {
        waiting.delete(start)
        reject(signal.reason)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      waiting.add(start)
      startWhatFits()
    })

  return {
    async spend(signal, work) {
      let taken = await take(signal)
      let needed = 0
      try {
        return await work((bytes) => {
          held += bytes - taken
          taken = bytes
          needed = bytes
          expected = Math.max(expected, bytes)
          startWhatFits()
        })
      } finally {
        held -= taken
        expected = Math.max(needed, expected * FORGETTING)
        startWhatFits()
      }
    },
  }
}
