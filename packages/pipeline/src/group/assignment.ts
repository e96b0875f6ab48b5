import { setMaxListeners } from 'node:events'
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
  /** Aborts when the consumer stops or the partition is given up: its waiting events leave. */
  readonly leaving: AbortSignal
  /** Aborts when the partition is given up: its handlers are told to end. */
  readonly revoked: AbortSignal
  retryTimer: NodeJS.Timeout | undefined
}

/** Why a partition stands still. */
export const PAUSE_REASONS = ['breaker', 'retry_wait', 'backpressure', 'stopping', 'operator'] as const
export type PauseReason = (typeof PAUSE_REASONS)[number]

/** What this member owns, by topic and partition, renewed as a whole by each rebalance (kafkajs is eager only). */
export interface Assignment {
  readonly epoch: number
  find(topic: string, partition: number): Owned | undefined
  all(): Owned[]
  /** Takes over a new assignment; everything owned before is given up. */
  replace(partitions: Readonly<Record<string, number[]>>): void
  /** Gives everything up, for a rebalance that has begun. */
  revoke(): void
  /** Waiting events of this and every later assignment leave. */
  leave(): void
}

interface Held {
  readonly owned: Owned
  readonly leaving: AbortController
  readonly revoked: AbortController
}

export const createAssignment = (): Assignment => {
  let held = new Map<string, Held>()
  let epoch = 0
  let isLeaving = false
  const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`
  const reason = new Error('the partition is given up')

  const revoke = (): void => {
    const before = held
    held = new Map()
    epoch += 1
    for (const { owned, leaving, revoked } of before.values()) {
      clearTimeout(owned.retryTimer)
      revoked.abort(reason)
      leaving.abort(reason)
    }
  }

  const take = (topic: string, partition: number): Held => {
    const leaving = new AbortController()
    const revoked = new AbortController()
    // As many listeners as events in work, each of which removes its own.
    setMaxListeners(0, leaving.signal, revoked.signal)
    if (isLeaving) leaving.abort(reason)
    const owned: Owned = {
      topic,
      partition,
      epoch,
      window: createCommitWindow(),
      paused: new Set(),
      leaving: leaving.signal,
      revoked: revoked.signal,
      retryTimer: undefined,
    }
    return { owned, leaving, revoked }
  }

  return {
    get epoch() {
      return epoch
    },
    find: (topic, partition) => held.get(nameOf(topic, partition))?.owned,
    all: () => [...held.values()].map(({ owned }) => owned),
    revoke,
    replace(partitions) {
      revoke()
      for (const [topic, numbers] of Object.entries(partitions))
        for (const partition of numbers) held.set(nameOf(topic, partition), take(topic, partition))
    },
    leave() {
      isLeaving = true
      for (const { leaving } of held.values()) leaving.abort(reason)
    },
  }
}
