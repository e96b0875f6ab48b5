import { type Queue, type RetryTier, retryGroup, retryTopic } from '@pokepedia/events'
import type { KafkaAdmin, PartitionLag } from '@pokepedia/pipeline'

/** Records of a queue that its groups have not finished. */
export interface QueueDepth {
  /** The main topic's name. */
  readonly queue: string
  /** Waiting on the main topic, those being handled included. */
  readonly ready: number
  /** Waiting on the retry topics, due or not. */
  readonly delayed: number
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
  readonly partitions: readonly PartitionLag[]
  readonly groups: readonly GroupState[]
  readonly depths: readonly QueueDepth[]
}

/** Which topics each group reads. */
export const groupTopics = (queue: Queue, tiers: readonly RetryTier[]): { group: string; topics: string[] }[] => [
  { group: queue.group, topics: [queue.name] },
  { group: retryGroup(queue), topics: tiers.map((tier) => retryTopic(queue, tier)) },
]

/**
 * What a group could still fetch of a partition: from its commit, or from the start when it has none or when
 * retention has passed it (kedacore/keda#7937). Unlike the lag it is never −1, so sums mean something.
 */
export const depthOf = ({ currentOffset, startOffset, endOffset }: PartitionLag): number =>
  Math.max(0, endOffset - Math.max(currentOffset, startOffset))

const depthOfGroup = (group: string, partitions: readonly PartitionLag[]): number =>
  partitions.filter((row) => row.group === group).reduce((sum, row) => sum + depthOf(row), 0)

/** Reads the lag of the queues' groups, and of others that read beside them. Throws `kafka_unavailable`. */
export const readLag = async (
  admin: KafkaAdmin,
  queues: readonly Queue[],
  tiers: readonly RetryTier[],
  others: readonly { readonly group: string; readonly topics: readonly string[] }[] = [],
): Promise<LagSnapshot> => {
  const wanted = [...queues.flatMap((queue) => groupTopics(queue, tiers)), ...others]
  const [unordered, groups] = await Promise.all([admin.lag(wanted), admin.members(wanted.map(({ group }) => group))])
  const partitions = wanted.flatMap(({ group, topics }) =>
    topics.flatMap((topic) =>
      unordered.filter((row) => row.group === group && row.topic === topic).sort((a, b) => a.partition - b.partition),
    ),
  )
  const depths = queues.map((queue) => ({
    queue: queue.name,
    ready: depthOfGroup(queue.group, partitions),
    delayed: depthOfGroup(retryGroup(queue), partitions),
  }))
  return { partitions, groups, depths }
}
