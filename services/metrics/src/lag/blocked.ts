import { type Queue, retryGroup } from '@pokepedia/events'
import type { LagSnapshot, PartitionState, QueueDepth } from './read-lag.ts'

/** A queue's records by whether they can be taken now: what is ready for a reader that waits is `blocked`. */
export interface SplitDepth extends QueueDepth {
  /** Due, but on a partition whose reader waits for a dependency that is away. */
  readonly blocked: number
}

/** Moves what waits on held partitions from ready to blocked; the two and delayed stay disjoint. */
export const splitDepths = (
  { depths, partitions }: LagSnapshot,
  queues: readonly Queue[],
  isHeld: (partition: PartitionState) => boolean,
): SplitDepth[] =>
  depths.map((depth) => {
    const queue = queues.find(({ name }) => name === depth.queue)
    const groups = queue ? [queue.group, retryGroup(queue)] : []
    const blocked = partitions
      .filter((row) => groups.includes(row.group) && isHeld(row))
      .reduce((sum, row) => sum + row.ready, 0)
    return { ...depth, ready: depth.ready - blocked, blocked }
  })
