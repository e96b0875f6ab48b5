import { type CommitWindow, createCommitWindow } from './commit-window.ts'

/** One partition that this member owns in the current generation of its group. */
export interface Owned {
  readonly topic: string
  readonly partition: number
  /** The generation counter at the assignment; work of an older one must not commit. */
  readonly epoch: number
  readonly window: CommitWindow
  /** Why the partition is paused. kafkajs keeps its own set over a rebalance, so ours is derived anew at each join. */
  readonly paused: Set<PauseReason>
  retryTimer: NodeJS.Timeout | undefined
}

export type PauseReason = 'breaker' | 'retry_wait' | 'backpressure' | 'stopping'

/** What this member owns, by topic and partition, renewed as a whole by each rebalance (kafkajs is eager only). */
export interface Assignment {
  readonly epoch: number
  find(topic: string, partition: number): Owned | undefined
  all(): Owned[]
  /** Takes over a new assignment; everything owned before is given up. */
  replace(partitions: Readonly<Record<string, number[]>>): void
  /** Gives everything up, for a rebalance that has begun. */
  revoke(): void
}

export const createAssignment = (): Assignment => {
  let owned = new Map<string, Owned>()
  let epoch = 0
  const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`

  const revoke = (): void => {
    for (const { retryTimer } of owned.values()) clearTimeout(retryTimer)
    owned = new Map()
    epoch += 1
  }

  return {
    get epoch() {
      return epoch
    },
    find: (topic, partition) => owned.get(nameOf(topic, partition)),
    all: () => [...owned.values()],
    revoke,
    replace(partitions) {
      revoke()
      for (const [topic, numbers] of Object.entries(partitions))
        for (const partition of numbers)
          owned.set(nameOf(topic, partition), {
            topic,
            partition,
            epoch,
            window: createCommitWindow(),
            paused: new Set(),
            retryTimer: undefined,
          })
    },
  }
}
