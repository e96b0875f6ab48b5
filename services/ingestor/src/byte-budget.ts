/** A limit on bytes held at once, shared by everything that runs side by side. */
export interface ByteBudget {
  /** Runs the work when its bytes fit; work larger than the whole budget runs alone. Rejects when aborted while waiting. */
  spend<Result>(bytes: number, signal: AbortSignal, work: () => Promise<Result>): Promise<Result>
}

interface Waiting {
  readonly bytes: number
  readonly start: () => void
}

/** Makes a budget; who waits longest goes first, so that a large document is not passed over for ever. */
export const createByteBudget = (limit: number): ByteBudget => {
  const queue: Waiting[] = []
  let held = 0

  const fits = (bytes: number): boolean => held === 0 || held + bytes <= limit
  const startWhatFits = (): void => {
    for (let next = queue[0]; next && fits(next.bytes); next = queue[0]) {
      queue.shift()
      held += next.bytes
      next.start()
    }
  }

  const take = (bytes: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => {
        queue.splice(queue.indexOf(waiting), 1)
        reject(signal.reason)
        startWhatFits()
      }
      const waiting = {
        bytes,
        start: () => {
          signal.removeEventListener('abort', giveUp)
          resolve()
        },
      }
      signal.throwIfAborted()
      signal.addEventListener('abort', giveUp, { once: true })
      queue.push(waiting)
      startWhatFits()
    })

  return {
    async spend(bytes, signal, work) {
      await take(bytes, signal)
      try {
        return await work()
      } finally {
        held -= bytes
        startWhatFits()
      }
    },
  }
}
