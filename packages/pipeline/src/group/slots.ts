/** A counted set of places for work that runs side by side. */
export interface Slots {
  /** Resolves to true with a place taken, or to false when the signal aborted first. */
  take(signal: AbortSignal): Promise<boolean>
  give(): void
  readonly taken: number
  /** The most that can be taken. */
  readonly limit: number
  /** Resolves when no place is taken. */
  idle(): Promise<void>
}

interface Party {
  readonly share: number
  readonly waiting: Set<() => void>
  readonly onIdle: (() => void)[]
  taken: number
}

/**
 * Places that several parties share: as many sets as shares, which add up to `total`. A party may take what the others
 * leave free, except the last place, so that none of them ever finds all taken by the others. A place that becomes free
 * goes to a waiting party that has less than its share, before one that has more.
 */
export const createSharedSlots = (total: number, shares: readonly number[]): Slots[] => {
  const limit = Math.max(1, total - (shares.length - 1))
  const parties: Party[] = shares.map((share) => ({ share, waiting: new Set(), onIdle: [], taken: 0 }))
  const isFree = (party: Party): boolean =>
    party.taken < limit && parties.reduce((sum, { taken }) => sum + taken, 0) < total

  const letIn = (): void => {
    for (;;) {
      const able = parties.filter((party) => party.waiting.size > 0 && isFree(party))
      const next = able.find(({ taken, share }) => taken < share) ?? able[0]
      if (!next) return
      const [enter] = next.waiting
      enter?.()
    }
  }

  const slotsOf = (party: Party): Slots => ({
    take(signal) {
      if (signal.aborted) return Promise.resolve(false)
      if (isFree(party)) {
        party.taken += 1
        return Promise.resolve(true)
      }
      return new Promise((resolve) => {
        const onAbort = (): void => {
          party.waiting.delete(enter)
          resolve(false)
        }
        const enter = (): void => {
          party.waiting.delete(enter)
          signal.removeEventListener('abort', onAbort)
          party.taken += 1
          resolve(true)
        }
        signal.addEventListener('abort', onAbort, { once: true })
        party.waiting.add(enter)
      })
    },
    give() {
      party.taken -= 1
      letIn()
      if (party.taken === 0) for (const resolve of party.onIdle.splice(0)) resolve()
    },
    get taken() {
      return party.taken
    },
    limit,
    idle: () => (party.taken === 0 ? Promise.resolve() : new Promise((resolve) => party.onIdle.push(resolve))),
  })
  return parties.map(slotsOf)
}
