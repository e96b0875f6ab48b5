import type { GroupPause, HostState, RunWithProgress } from '@pokepedia/storage'
import type { Collector } from './collector.ts'
import type { GroupState, LagSnapshot, PartitionState, QueueDepth, TierDepth } from './lag/read-lag.ts'

/** The body of `GET /v1/status`, and what the status page shows. Times are ISO 8601 in UTC on the wire. */
export interface Status {
  /** When the lag was last measured; null before the first time. */
  readonly lagMeasuredAt: Date | null
  readonly queues: readonly QueueDepth[]
  readonly groups: readonly GroupState[]
  readonly partitions: readonly PartitionState[]
  /** What waits on the retry topics, and when the first of it is due. */
  readonly tiers: readonly TierDepth[]
  /** Newest first; null while the database has not been read yet. */
  readonly runs: readonly RunWithProgress[] | null
  /** The hosts with a budget that have been asked; null while the database has not been read yet. */
  readonly hosts: readonly HostState[] | null
  /** The groups that an operator has paused; null while the database has not been read yet. */
  readonly pauses: readonly GroupPause[] | null
  readonly collectors: readonly {
    readonly name: string
    readonly up: boolean
    readonly lastSuccessAt: Date | null
    readonly error: { readonly code: string; readonly message: string } | null
  }[]
}

export interface StatusSources {
  readonly lag: Collector<LagSnapshot>
  readonly runs: Collector<readonly RunWithProgress[]>
  readonly deadLetters: Collector<unknown>
  readonly hosts: Collector<readonly HostState[]>
  readonly pauses: Collector<readonly GroupPause[]>
}

/** The last complete readings; nothing is asked. */
export const statusOf = ({ lag, runs, deadLetters, hosts, pauses }: StatusSources): Status => ({
  lagMeasuredAt: lag.snapshot?.takenAt ?? null,
  queues: lag.snapshot?.value.depths ?? [],
  groups: lag.snapshot?.value.groups ?? [],
  partitions: lag.snapshot?.value.partitions ?? [],
  tiers: lag.snapshot?.value.tiers ?? [],
  runs: runs.snapshot?.value ?? null,
  hosts: hosts.snapshot?.value ?? null,
  pauses: pauses.snapshot?.value ?? null,
  collectors: [lag, runs, deadLetters, hosts, pauses]
    .map(({ state }) => state)
    .map(({ name, up, lastSuccessAt, error }) => ({
      name,
      up,
      lastSuccessAt: lastSuccessAt ?? null,
      error: error ?? null,
    })),
})
