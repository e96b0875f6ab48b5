import { type Queue, type RetryTier, retryGroup, retryTopic } from '@pokepedia/events'
import type { KafkaAdmin, PartitionLag, RecordTimes } from '@pokepedia/pipeline'

/** A partition as a group has read it, and since when its oldest unfinished record waits. */
export interface PartitionState extends PartitionLag {
  /** Records the group could still fetch. */
  readonly depth: number
  /** Those of them that are due: all but retries whose time has not come. */
  readonly ready: number
  /** The timestamp of the oldest of them; null when there is none, or when it could not be read. */
  readonly oldestAt: Date | null
}

/** Records of a queue that its groups have not finished. */
export interface QueueDepth {
  /** The main topic's name. */
  readonly queue: string
  /** On the main topic, and on the retry topics those that are due; what is being handled is included. */
  readonly ready: number
  /** On the retry topics, not due yet. */
  readonly delayed: number
  /** When the oldest of all came to the topic it stands on; null for none. */
  readonly oldestAt: Date | null
  /** Since when the oldest ready one could have been taken: a retry since it was due; null for none. */
  readonly oldestReadyAt: Date | null
  readonly newestAt: Date | null
  /** Events that the main topic has ever had. */
  readonly messages: number
}

/** What waits on one retry topic. */
export interface TierDepth {
  readonly queue: string
  readonly tier: string
  readonly ready: number
  readonly delayed: number
  /** When the first of them is or was due; null for none. */
  readonly nextDueAt: Date | null
}

export interface GroupState {
  readonly group: string
  /** Kafka's word: Stable, PreparingRebalance, Empty, Dead, … */
  readonly state: string
  readonly members: number
}

/** Offsets and members as `kafka-consumer-groups --describe` shows them, read in one go. */
export interface LagSnapshot {
  /** By group, then topic in the order of the tiers, then partition. */
  readonly partitions: readonly PartitionState[]
  readonly groups: readonly GroupState[]
  readonly depths: readonly QueueDepth[]
  readonly tiers: readonly TierDepth[]
  readonly brokers: number
}

export interface LagSources {
  readonly admin: KafkaAdmin
  readonly times: RecordTimes
  readonly queues: readonly Queue[]
  readonly tiers: readonly RetryTier[]
  /** Groups that read beside those of the queues. */
  readonly others?: readonly { readonly group: string; readonly topics: readonly string[] }[]
}

/** Which topics each group reads. */
export const groupTopics = (queue: Queue, tiers: readonly RetryTier[]): { group: string; topics: string[] }[] => [
  { group: queue.group, topics: [queue.name] },
  { group: retryGroup(queue), topics: tiers.map((tier) => retryTopic(queue, tier)) },
]

type Offsets = Pick<PartitionLag, 'currentOffset' | 'startOffset' | 'endOffset'>

/** Where a group goes on: at its commit, or at the start when it has none or when retention has passed it. */
const positionOf = ({ currentOffset, startOffset }: Offsets): number => Math.max(currentOffset, startOffset)

/**
 * What a group could still fetch of a partition: from its commit, or from the start when it has none or when
 * retention has passed it (kedacore/keda#7937). Unlike the lag it is never −1, so sums mean something.
 */
export const depthOf = (row: Offsets): number => Math.max(0, row.endOffset - positionOf(row))

const dates = (times: readonly (Date | null)[]): number[] => times.flatMap((at) => (at ? [at.getTime()] : []))
const earliest = (times: readonly (Date | null)[]): Date | null =>
  dates(times).length === 0 ? null : new Date(Math.min(...dates(times)))
const latest = (times: readonly (Date | null)[]): Date | null =>
  dates(times).length === 0 ? null : new Date(Math.max(...dates(times)))
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)
const later = (at: Date | null, ms: number): Date | null => (at ? new Date(at.getTime() + ms) : null)

type TimedLag = Omit<PartitionState, 'ready'>

/** Puts the oldest record's time to each partition. */
const withTimes = async (rows: readonly PartitionLag[], times: RecordTimes): Promise<TimedLag[]> => {
  const waiting = rows.filter((row) => depthOf(row) > 0)
  const found = await times.at(waiting.map((row) => ({ ...row, offset: positionOf(row) })))
  const timeOf = new Map(waiting.map((row, i) => [row, found[i]]))
  return rows.map((row) => {
    const time = timeOf.get(row)
    return { ...row, depth: depthOf(row), oldestAt: time === undefined ? null : new Date(time) }
  })
}

/** Each retry topic with its tier. */
const tierTopics = ({ queues, tiers }: LagSources): Map<string, { queue: Queue; tier: RetryTier }> =>
  new Map(queues.flatMap((queue) => tiers.map((tier) => [retryTopic(queue, tier), { queue, tier }])))

/** Splits what waits on a retry topic: records older than the tier's delay are due, since each waits the same time. */
const dueOf = async (
  { admin }: LagSources,
  rows: readonly TimedLag[],
  [topic, { tier }]: [string, { tier: RetryTier }],
): Promise<PartitionState[]> => {
  const ofTopic = rows.filter((row) => row.topic === topic)
  const isEmpty = ofTopic.every(({ depth }) => depth === 0)
  const notDue = isEmpty ? [] : await admin.rangesSince(topic, Date.now() - tier.delayMs)
  return ofTopic.map((row) => {
    const firstNotDue = Number(notDue.find(({ partition }) => partition === row.partition)?.start ?? row.endOffset)
    return { ...row, ready: Math.min(row.depth, Math.max(0, firstNotDue - positionOf(row))) }
  })
}

/** Tells of each partition what is due. */
const withReady = async (sources: LagSources, rows: readonly TimedLag[]): Promise<PartitionState[]> => {
  const retries = tierTopics(sources)
  const due = await Promise.all([...retries].map((of) => dueOf(sources, rows, of)))
  const found = new Map(due.flat().map((row) => [`${row.topic}/${row.partition}`, row]))
  return rows.map((row) => found.get(`${row.topic}/${row.partition}`) ?? { ...row, ready: row.depth })
}

const tierOf = (queue: Queue, tier: RetryTier, partitions: readonly PartitionState[]): TierDepth => {
  const topic = retryTopic(queue, tier)
  const rows = partitions.filter((row) => row.topic === topic && row.depth > 0)
  const ready = sum(rows.map((row) => row.ready))
  const delayed = sum(rows.map(({ depth }) => depth)) - ready
  const nextDueAt = later(earliest(rows.map(({ oldestAt }) => oldestAt)), tier.delayMs)
  return { queue: queue.name, tier: tier.label, ready, delayed, nextDueAt }
}

/** The newest record of each partition that has one waiting. */
const newestOf = async (times: RecordTimes, rows: readonly PartitionState[]): Promise<Date | null> => {
  const waiting = rows.filter(({ depth }) => depth > 0)
  const found = await times.at(waiting.map((row) => ({ ...row, offset: row.endOffset - 1 })))
  return latest(found.map((time) => (time === undefined ? null : new Date(time))))
}

const depthOfQueue = (
  queue: Queue,
  { partitions, tiers, newestAt }: { partitions: PartitionState[]; tiers: TierDepth[]; newestAt: Date | null },
): QueueDepth => {
  const main = partitions.filter(({ group }) => group === queue.group)
  const retries = partitions.filter(({ group }) => group === retryGroup(queue))
  const due = tiers.filter(({ ready }) => ready > 0).map(({ nextDueAt }) => nextDueAt)
  const waiting = main.map(({ oldestAt }) => oldestAt)
  return {
    queue: queue.name,
    ready: sum(main.map(({ depth }) => depth)) + sum(tiers.map(({ ready }) => ready)),
    delayed: sum(tiers.map(({ delayed }) => delayed)),
    oldestAt: earliest([...waiting, ...retries.map(({ oldestAt }) => oldestAt)]),
    oldestReadyAt: earliest([...waiting, ...due]),
    newestAt,
    messages: sum(main.map(({ endOffset }) => endOffset)),
  }
}

/** Reads the lag of the queues' groups, and of others that read beside them. Throws `kafka_unavailable`. */
export const readLag = async (sources: LagSources): Promise<LagSnapshot> => {
  const { admin, times, queues, tiers, others = [] } = sources
  const wanted = [...queues.flatMap((queue) => groupTopics(queue, tiers)), ...others]
  const [rows, groups, brokers] = await Promise.all([
    admin.lag(wanted),
    admin.members(wanted.map(({ group }) => group)),
    admin.brokers(),
  ])
  const timed = await withTimes(
    wanted.flatMap(({ group, topics }) =>
      topics.flatMap((topic) =>
        rows.filter((row) => row.group === group && row.topic === topic).sort((a, b) => a.partition - b.partition),
      ),
    ),
    times,
  )
  const partitions = await withReady(sources, timed)
  const depths: QueueDepth[] = []
  const allTiers: TierDepth[] = []
  for (const queue of queues) {
    const ofQueue = tiers.map((tier) => tierOf(queue, tier, partitions))
    const groupsOfQueue = [queue.group, retryGroup(queue)]
    const newestAt = await newestOf(
      times,
      partitions.filter(({ group }) => groupsOfQueue.includes(group)),
    )
    allTiers.push(...ofQueue)
    depths.push(depthOfQueue(queue, { partitions, tiers: ofQueue, newestAt }))
  }
  return { partitions, groups, depths, tiers: allTiers, brokers }
}
