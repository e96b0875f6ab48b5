/** A counted set of places for work that runs side by side. */
export interface Slots {
  /** Resolves to true with a place taken, or to false when the signal aborted first. */
  take(signal: AbortSignal): Promise<boolean>
  give(): void
  readonly taken: number
  /** Resolves when no place is taken. */
  idle(): Promise<void>
}

export const createSlots = (limit: number): Slots => {
  const waiting: (() => void)[] = []
  const onIdle: (() => void)[] = []
  let taken = 0

  return {
    take(signal) {
      if (signal.aborted) return Promise.resolve(false)
      if (taken < limit) {
        taken += 1
        return Promise.resolve(true)
      }
      return new Promise((resolve) => {
        const onAbort = (): void => {
          waiting.splice(waiting.indexOf(enter), 1)
          resolve(false)
        }
        const enter = (): void => {
          signal.removeEventListener('abort', onAbort)
          taken += 1
          resolve(true)
        }
        signal.addEventListener('abort', onAbort, { once: true })
        waiting.push(enter)
      })
    },
    give() {
      taken -= 1
      waiting.shift()?.()
      if (taken === 0) for (const resolve of onIdle.splice(0)) resolve()
    },
    get taken() {
      return taken
    },
    idle: () => (taken === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve))),
  }
}
