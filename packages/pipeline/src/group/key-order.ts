/** Runs work of equal keys one after the other, in the order of the calls, and all other work side by side. */
export interface KeyOrder {
  run(key: string, work: () => Promise<void>): Promise<void>
}

export const createKeyOrder = (): KeyOrder => {
  const tails = new Map<string, Promise<void>>()
  return {
    run(key, work) {
      const before = tails.get(key) ?? Promise.resolve()
      // The chain goes on whatever the work before did; its own caller sees its failure.
      const mine = before.then(work, work)
      tails.set(key, mine)
      const forget = (): void => {
        if (tails.get(key) === mine) tails.delete(key)
      }
      mine.then(forget, forget)
      return mine
    },
  }
}
