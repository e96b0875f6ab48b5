import { type LagSample, type PartitionStatus, statusOf, WINDOW_MS } from './partition-status.ts'
import type { LagSnapshot, PartitionState } from './read-lag.ts'

/** A place of a group on a partition. */
export interface GroupPlace {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

/** What is known of lag beyond one snapshot. */
export interface LagHistory {
  note(snapshot: LagSnapshot, atMs: number): void
  status(place: GroupPlace): PartitionStatus
  /** Records that retention deleted before the group read them, since the process started. */
  lost(group: string, topic: string): number
  /** Seconds until a queue is empty at the rate of the last minute; undefined while it does not shrink. */
  drainSeconds(queue: string): number | undefined
}

const DRAIN_WINDOW_MS = 60_000
/** A sample in this time is enough for a window of ten minutes. */
const SAMPLE_EVERY_MS = 30_000

const keyOf = ({ group, topic, partition }: GroupPlace): string => `${group} ${topic} ${partition}`

/** How many more records are lost to a group: from its commit, or from what was counted, up to the start of the log. */
export const newlyLost = ({ currentOffset, startOffset }: PartitionState, countedUpTo: number): number =>
  currentOffset < 0 ? 0 : Math.max(0, startOffset - Math.max(currentOffset, countedUpTo))

/** Seconds until nothing waits, by two measurements; undefined when it does not become less. */
export const drainSecondsOf = (
  before: { readonly atMs: number; readonly waiting: number },
  now: { readonly atMs: number; readonly waiting: number },
): number | undefined => {
  if (now.waiting === 0) return 0
  const perMs = (before.waiting - now.waiting) / (now.atMs - before.atMs)
  return perMs > 0 ? now.waiting / perMs / 1_000 : undefined
}

export const createLagHistory = (): LagHistory => {
  const samples = new Map<string, LagSample[]>()
  const countedUpTo = new Map<string, number>()
  const lost = new Map<string, number>()
  const depths = new Map<string, { atMs: number; waiting: number }[]>()

  const noteSample = (row: PartitionState, atMs: number): void => {
    const kept = (samples.get(keyOf(row)) ?? []).filter((sample) => sample.atMs >= atMs - WINDOW_MS)
    const sample = { atMs, commit: row.currentOffset, end: row.endOffset, depth: row.depth }
    const beforeLast = kept.at(-2)
    // The last one is always of now; those before it are apart.
    if (beforeLast && atMs - beforeLast.atMs < SAMPLE_EVERY_MS) kept.pop()
    samples.set(keyOf(row), [...kept, sample])
  }
  const noteLost = (row: PartitionState): void => {
    const more = newlyLost(row, countedUpTo.get(keyOf(row)) ?? 0)
    if (more === 0) return
    const of = `${row.group} ${row.topic}`
    lost.set(of, (lost.get(of) ?? 0) + more)
    countedUpTo.set(keyOf(row), row.startOffset)
  }

  return {
    note(snapshot, atMs) {
      for (const row of snapshot.partitions) {
        noteSample(row, atMs)
        noteLost(row)
      }
      for (const { queue, ready, delayed } of snapshot.depths) {
        const kept = (depths.get(queue) ?? []).filter((one) => one.atMs >= atMs - DRAIN_WINDOW_MS)
        depths.set(queue, [...kept, { atMs, waiting: ready + delayed }])
      }
    },
    status: (place) => statusOf(samples.get(keyOf(place)) ?? []),
    lost: (group, topic) => lost.get(`${group} ${topic}`) ?? 0,
    drainSeconds(queue) {
      const [first, ...rest] = depths.get(queue) ?? []
      const last = rest.at(-1)
      return first && last ? drainSecondsOf(first, last) : undefined
    },
  }
}
