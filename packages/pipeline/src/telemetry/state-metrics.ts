import type { Queue } from '@pokepedia/events'
import { Gauge, type Registry } from 'prom-client'
import type { Breakers } from '../breakers/breakers.ts'
import { PAUSE_REASONS } from '../group/assignment.ts'
import type { GroupReader } from '../group/group-reader.ts'

/** A timestamp stays absent until it is known: 0 would be a time very long ago. */
const secondsAt = (atMs: number | undefined): number | undefined => atMs && atMs / 1_000

/** The state of a consumer at the moment of a scrape; names and labels are listed in docs/metrics.md. */
export const createStateMetrics = (
  registry: Registry,
  queue: Queue,
  readers: readonly GroupReader[],
  breakers: Breakers,
): void => {
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    read: (gauge: Gauge<Label>) => void,
  ): void => {
    const made: Gauge<Label> = new Gauge({
      name: `pokepedia_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect: () => read(made),
    })
  }
  const perGroup = (name: string, help: string, read: (reader: GroupReader) => number | undefined): void =>
    gauge(name, help, ['group'], (made) => {
      for (const reader of readers) {
        const value = read(reader)
        if (value !== undefined) made.set({ group: reader.group }, value)
      }
    })

  perGroup('records_in_flight', 'Records being handled now', ({ slots }) => slots.taken)
  perGroup('in_flight_limit', 'The most records that may be handled at once', ({ slots }) => slots.limit)
  perGroup(
    'oldest_in_flight_age_seconds',
    'Age of the record that is in work longest; 0 for none',
    (reader) => Math.round(reader.oldestAgeMs()) / 1_000,
  )
  perGroup('uncommitted_finished_records', 'Records that are finished and wait behind an unfinished one', (reader) =>
    reader.finishedBehindGap(),
  )
  perGroup('last_heartbeat_timestamp_seconds', 'When the coordinator last heard of the member', ({ heartbeatAtMs }) =>
    secondsAt(heartbeatAtMs),
  )
  perGroup('last_commit_timestamp_seconds', 'When the coordinator last took a commit', ({ committedAtMs }) =>
    secondsAt(committedAtMs),
  )
  gauge('paused_partitions', 'Partitions that stand still, by reason', ['queue', 'group', 'reason'], (made) => {
    for (const reader of readers)
      for (const reason of PAUSE_REASONS)
        made.set({ queue: queue.name, group: reader.group, reason }, reader.paused(reason))
  })
  gauge('breaker_state', '1 for the state that the breaker of a dependency is in', ['dependency', 'state'], (made) => {
    for (const { dependency, open } of breakers.states()) {
      made.set({ dependency, state: 'open' }, open ? 1 : 0)
      made.set({ dependency, state: 'closed' }, open ? 0 : 1)
    }
  })
}
