import { dependencyOf } from '@pokepedia/errors'
import type { Instance } from '@pokepedia/storage'
import type { Collector, CollectorState } from './collector.ts'
import type { PartitionState } from './lag/read-lag.ts'

/** The breaker of one dependency at one process. */
export interface ShownBreaker {
  readonly service: string
  /** The process's id; `-` for the metrics service itself. */
  readonly instance: string
  readonly dependency: string
  readonly state: 'open' | 'closed'
  /** Since when it is in this state. */
  readonly since: Date
  /** The failure that opened it; null while it is closed. */
  readonly code: string | null
  /** What the dependency was found to fail with. */
  readonly detail: string | null
}

/** What tells of outages: the processes' own words, and whether this one can read them, and Kafka. */
export interface BreakerSources {
  readonly instances: Collector<readonly Instance[]>
  readonly lag: Collector<unknown>
}

/** The consumers have no way to tell while Postgres is away; then the metrics service's own failure tells. */
const ownOutage = ({ error }: CollectorState): ShownBreaker[] => {
  const dependency = error && dependencyOf(error.code)
  if (!dependency) return []
  const { code, message, since } = error
  return [{ service: 'metrics', instance: '-', dependency, state: 'open', since, code, detail: message }]
}
const ownOutages = ({ instances, lag }: BreakerSources): ShownBreaker[] =>
  [instances, lag].flatMap(({ state }) => ownOutage(state))

const toldOf = ({ id, service, breakers }: Instance): ShownBreaker[] =>
  breakers.map(({ dependency, open, since, code = null, detail = null }) => ({
    service,
    instance: id,
    dependency,
    state: open ? 'open' : 'closed',
    since,
    code,
    detail,
  }))

/**
 * Every breaker that is known of: those of the live consumers as they last told, and those open ones that the metrics
 * service meets itself. Null before the consumers' have been read for the first time and while nothing else is known.
 */
export const breakersOf = (sources: BreakerSources): ShownBreaker[] | null => {
  const own = ownOutages(sources)
  const told = sources.instances.snapshot?.value
  return told || own.length > 0 ? [...own, ...(told ?? []).flatMap(toldOf)] : null
}

/**
 * Tells whether the reader of a partition waits for a dependency. A consumer waits with all its partitions while any of
 * its breakers is open. Without Postgres or Kafka nobody goes on, whatever was told last.
 */
export const holding = (sources: BreakerSources): ((partition: PartitionState) => boolean) => {
  if (ownOutages(sources).length > 0) return () => true
  const waiting = (sources.instances.snapshot?.value ?? []).filter(({ breakers }) => breakers.some(({ open }) => open))
  const held = new Set(
    waiting.flatMap(({ partitions }) =>
      Object.entries(partitions).flatMap(([topic, numbers]) => numbers.map((partition) => `${topic}/${partition}`)),
    ),
  )
  return ({ topic, partition }) => held.has(`${topic}/${partition}`)
}
