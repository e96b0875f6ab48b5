/**
 * Which offset of one partition may be committed while events finish in any order: one past the last of the
 * contiguous finished prefix, as Kafka commits "the next offset to read".
 */
export interface CommitWindow {
  /** An event was taken into work. Offsets only grow; gaps (compaction, control records) are fine. */
  accept(offset: bigint): void
  /** The event's effects are done, or a copy of it is acknowledged elsewhere. */
  finish(offset: bigint): void
  /** The offset to commit, or undefined when nothing new has finished since `committed`. */
  committable(): bigint | undefined
  /** The broker has acknowledged a commit of this offset. */
  committed(offset: bigint): void
  /** Events taken and not finished. */
  readonly inFlight: number
  /** Finished events that wait behind an unfinished one. */
  readonly finishedBehindGap: number
}

export const createCommitWindow = (): CommitWindow => {
  // Insertion order is offset order, so the first key is the lowest offset that is not yet settled.
  const accepted = new Map<bigint, 'working' | 'finished'>()
  let prefixEnd: bigint | undefined
  let lastCommitted: bigint | undefined
  let working = 0

  const advance = (): void => {
    for (const [offset, state] of accepted) {
      if (state === 'working') return
      accepted.delete(offset)
      prefixEnd = offset + 1n
    }
  }

  return {
    accept(offset) {
      accepted.set(offset, 'working')
      working += 1
    },
    finish(offset) {
      if (accepted.get(offset) !== 'working') return
      accepted.set(offset, 'finished')
      working -= 1
      advance()
    },
    committable: () => (prefixEnd === lastCommitted ? undefined : prefixEnd),
    committed(offset) {
      lastCommitted = offset
    },
    get inFlight() {
      return working
    },
    get finishedBehindGap() {
      return accepted.size - working
    },
  }
}
