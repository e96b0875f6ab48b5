/** A group's place on a partition at one time. */
export interface LagSample {
  readonly atMs: number
  /** −1 when the group never committed. */
  readonly commit: number
  readonly end: number
  /** Records the group could still fetch. */
  readonly depth: number
}

export const PARTITION_STATUSES = ['ok', 'warn', 'stop', 'stall', 'rewind'] as const
export type PartitionStatus = (typeof PARTITION_STATUSES)[number]

/** Samples older than this say nothing any more. */
export const WINDOW_MS = 600_000
/** So few records are no trouble, however long they take (linkedin/Burrow#223). */
export const FLOOR = 10

const movedBetween = (samples: readonly LagSample[], value: (sample: LagSample) => number): boolean =>
  samples.some((sample, i) => i > 0 && value(sample) !== value(samples[i - 1] ?? sample))

/**
 * What the samples of a whole window say of a group on a partition, oldest sample first, by the rules of
 * linkedin/Burrow (evaluator/caching.go), in their order: few records are ok; a commit that went back and did not
 * recover is `rewind`; a depth that was 0 within the window is ok; commits that stand still are `stop` when records
 * came meanwhile and `stall` otherwise; a depth that never fell is `warn`. A window that is not full yet is ok.
 */
export const statusOf = (samples: readonly LagSample[]): PartitionStatus => {
  const first = samples[0]
  const last = samples.at(-1)
  if (!first || !last || last.depth <= FLOOR) return 'ok'
  const highest = Math.max(...samples.map(({ commit }) => commit))
  if (last.commit < highest) return 'rewind'
  if (last.atMs - first.atMs < WINDOW_MS * 0.9 || samples.some(({ depth }) => depth === 0)) return 'ok'
  if (!movedBetween(samples, ({ commit }) => commit)) return movedBetween(samples, ({ end }) => end) ? 'stop' : 'stall'
  const fell = samples.some((sample, i) => sample.depth < (samples[i - 1] ?? sample).depth)
  return fell ? 'ok' : 'warn'
}
