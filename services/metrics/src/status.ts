import type { GroupPause, HostState, Instance, RunWithProgress, Schedule } from '@pokepedia/storage'
import { breakersOf, type ShownBreaker } from './breakers.ts'
import type { Collector } from './collector.ts'
import type { SplitDepth } from './lag/blocked.ts'
import type { LagHistory } from './lag/lag-history.ts'
import type { PartitionStatus } from './lag/partition-status.ts'
import type { GroupState, LagSnapshot, PartitionState, TierDepth } from './lag/read-lag.ts'

/** A partition for people: what its history says, and how long its oldest record had waited when it was measured. */
export interface ShownPartition extends PartitionState {
  readonly status: PartitionStatus
  /** 0 when nothing waits; null when the record's time could not be read. */
  readonly lagSeconds: number | null
}

export interface ShownQueue extends SplitDepth {
  /** Until nothing waits, at the rate of the last minute; null while it does not become less. */
  readonly drainSeconds: number | null
}

/** What the process was started with. */
export interface StatusMode {
  readonly readOnly: boolean
  readonly version: string
}

/** The body of `GET /v1/status` and of each `status` event. Times are ISO 8601 in UTC on the wire. */
export interface Status {
  readonly version: string
  readonly mode: { readonly readOnly: boolean }
  /** When the lag was last measured; null before the first time. */
  readonly lagMeasuredAt: Date | null
  readonly queues: readonly ShownQueue[]
  readonly groups: readonly GroupState[]
  readonly partitions: readonly ShownPartition[]
  /** What waits on the retry topics, and when the first of it is due. */
  readonly tiers: readonly TierDepth[]
  /** Newest first; null while the database has not been read yet. */
  readonly runs: readonly RunWithProgress[] | null
  /** The hosts with a budget that have been asked; null while the database has not been read yet. */
  readonly hosts: readonly HostState[] | null
  /** The groups that an operator has paused; null while the database has not been read yet. */
  readonly pauses: readonly GroupPause[] | null
  /** Those of the live consumers, and open ones that this service meets itself; null while the database has not been read yet. */
  readonly breakers: readonly ShownBreaker[] | null
  /** Null while they have not been read yet. */
  readonly schedules: readonly Schedule[] | null
  readonly collectors: readonly {
    readonly name: string
    readonly up: boolean
    readonly lastSuccessAt: Date | null
    readonly error: { readonly code: string; readonly message: string; readonly since: Date } | null
  }[]
}

export interface StatusSources {
  readonly lag: Collector<LagSnapshot>
  readonly history: LagHistory
  readonly instances: Collector<readonly Instance[]>
  /** The queues as they are now, by the last reading. */
  readonly depths: () => readonly SplitDepth[]
  readonly runs: Collector<readonly RunWithProgress[]>
  readonly deadLetters: Collector<unknown>
  readonly hosts: Collector<readonly HostState[]>
  readonly pauses: Collector<readonly GroupPause[]>
  readonly schedules: Collector<readonly Schedule[]>
  /** Whose readings are shown in metrics alone. */
  readonly others: readonly Collector<unknown>[]
}

const shownPartition = (row: PartitionState, measuredAt: Date, history: LagHistory): ShownPartition => ({
  ...row,
  status: history.status(row),
  lagSeconds: row.depth === 0 ? 0 : row.oldestAt && Math.max(0, measuredAt.getTime() - row.oldestAt.getTime()) / 1_000,
})

const shownLag = ({ lag: { snapshot }, history, depths }: StatusSources) => ({
  lagMeasuredAt: snapshot?.takenAt ?? null,
  queues: depths().map((depth) => ({
    ...depth,
    drainSeconds: history.drainSeconds(depth.queue) ?? null,
  })),
  groups: snapshot?.value.groups ?? [],
  partitions: snapshot?.value.partitions.map((row) => shownPartition(row, snapshot.takenAt, history)) ?? [],
  tiers: snapshot?.value.tiers ?? [],
})

/** The last complete readings; nothing is asked. */
export const statusOf = (sources: StatusSources, { version, readOnly }: StatusMode): Status => {
  const { lag, runs, deadLetters, hosts, pauses, schedules, instances, others } = sources
  return {
    version,
    mode: { readOnly },
    ...shownLag(sources),
    runs: runs.snapshot?.value ?? null,
    hosts: hosts.snapshot?.value ?? null,
    pauses: pauses.snapshot?.value ?? null,
    breakers: breakersOf(sources),
    schedules: schedules.snapshot?.value ?? null,
    collectors: [lag, runs, deadLetters, hosts, pauses, schedules, instances, ...others]
      .map(({ state }) => state)
      .map(({ name, up, lastSuccessAt, error }) => ({
        name,
        up,
        lastSuccessAt: lastSuccessAt ?? null,
        error: error ?? null,
      })),
  }
}
