import { Counter, Gauge, type Registry } from 'prom-client'
import type { Snapshot } from '../collector.ts'
import type { SplitDepth } from './blocked.ts'
import type { LagHistory } from './lag-history.ts'
import { PARTITION_STATUSES } from './partition-status.ts'
import type { LagSnapshot, PartitionState } from './read-lag.ts'

/** States of a consumer group as Kafka names them (org.apache.kafka.common.GroupState, classic protocol). */
const GROUP_STATES = ['Stable', 'PreparingRebalance', 'CompletingRebalance', 'Empty', 'Dead'] as const

/** The metrics of one subject: written whole by each snapshot. */
type Write = (snapshot: LagSnapshot, history: LagHistory) => void

// Each update removes the old series and writes the new ones without a pause in between, so a scrape sees one or the
// other snapshot and never a mixture.
const partitionMetrics = (registers: Registry[]): Write => {
  const perGroup = ['consumergroup', 'topic', 'partition'] as const
  const perPartition = ['topic', 'partition'] as const
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name, help, labelNames, registers })
  const lag = gauge('kafka_consumergroup_lag', 'Records behind the end; -1 where the group never committed', perGroup)
  const current = gauge(
    'kafka_consumergroup_current_offset',
    'Next offset the group reads; -1 where it never committed',
    perGroup,
  )
  const newest = gauge('kafka_topic_partition_current_offset', 'Offset after the last record', perPartition)
  const oldest = gauge('kafka_topic_partition_oldest_offset', 'Offset of the first record that is kept', perPartition)
  const status = gauge('pokepedia_consumer_partition_status', '1 for the status that the partition has', [
    'group',
    'topic',
    'partition',
    'status',
  ])
  return ({ partitions }, history) => {
    for (const one of [lag, current, newest, oldest, status]) one.reset()
    for (const row of partitions) {
      const { group, topic, partition } = row
      lag.set({ consumergroup: group, topic, partition }, row.lag)
      current.set({ consumergroup: group, topic, partition }, row.currentOffset)
      newest.set({ topic, partition }, row.endOffset)
      oldest.set({ topic, partition }, row.startOffset)
      const now = history.status(row)
      for (const one of PARTITION_STATUSES) status.set({ group, topic, partition, status: one }, one === now ? 1 : 0)
    }
  }
}

/** Of the rows, those of one group and topic together. */
const perTopic = ({ partitions }: LagSnapshot): { group: string; topic: string; rows: PartitionState[] }[] => {
  const found = new Map<string, { group: string; topic: string; rows: PartitionState[] }>()
  for (const row of partitions) {
    const key = `${row.group} ${row.topic}`
    const entry = found.get(key) ?? { group: row.group, topic: row.topic, rows: [] }
    entry.rows.push(row)
    found.set(key, entry)
  }
  return [...found.values()]
}

const topicMetrics = (registers: Registry[]): Write => {
  const perGroup = ['consumergroup', 'topic'] as const
  const lag = new Gauge({
    name: 'kafka_consumergroup_lag_sum',
    help: 'Lag over the partitions that the group has committed on',
    labelNames: perGroup,
    registers,
  })
  const current = new Gauge({
    name: 'kafka_consumergroup_current_offset_sum',
    help: 'Current offset over the partitions that the group has committed on',
    labelNames: perGroup,
    registers,
  })
  const partitionCount = new Gauge({
    name: 'kafka_topic_partitions',
    help: 'Partitions of the topic',
    labelNames: ['topic'] as const,
    registers,
  })
  return (snapshot) => {
    for (const one of [lag, current, partitionCount]) one.reset()
    for (const { group, topic, rows } of perTopic(snapshot)) {
      const committed = rows.filter(({ currentOffset }) => currentOffset >= 0)
      const labels = { consumergroup: group, topic }
      lag.set(
        labels,
        committed.reduce((sum, row) => sum + row.lag, 0),
      )
      current.set(
        labels,
        committed.reduce((sum, row) => sum + row.currentOffset, 0),
      )
      partitionCount.set({ topic }, rows.length)
    }
  }
}

const lossMetrics = (registers: Registry[]): Write => {
  const lost = new Counter({
    name: 'pokepedia_records_lost_total',
    help: 'Records that retention deleted before the group read them',
    labelNames: ['group', 'topic'] as const,
    registers,
  })
  return (snapshot, history) => {
    lost.reset()
    for (const { group, topic } of perTopic(snapshot)) lost.inc({ group, topic }, history.lost(group, topic))
  }
}

const groupMetrics = (registers: Registry[]): Write => {
  const members = new Gauge({
    name: 'kafka_consumergroup_members',
    help: 'Members of the consumer group',
    labelNames: ['consumergroup'] as const,
    registers,
  })
  const state = new Gauge({
    name: 'pokepedia_consumer_group_state',
    help: '1 for the state that the group is in',
    labelNames: ['group', 'state'] as const,
    registers,
  })
  const brokers = new Gauge({ name: 'kafka_brokers', help: 'Brokers of the cluster', registers })
  return (snapshot) => {
    for (const one of [members, state]) one.reset()
    brokers.set(snapshot.brokers)
    for (const row of snapshot.groups) {
      members.set({ consumergroup: row.group }, row.members)
      for (const one of GROUP_STATES) state.set({ group: row.group, state: one }, row.state === one ? 1 : 0)
    }
  }
}

const DEPTH_STATES = ['ready', 'delayed', 'blocked'] as const

const queueMetrics = (registers: Registry[], depths: LagMetricsOptions['depths']): Write => {
  new Gauge({
    name: 'pokepedia_queue_depth',
    help: 'Records not finished yet: ready, due retries included; blocked, which would be but for an open breaker; delayed, retries that are not due',
    labelNames: ['queue', 'state'] as const,
    registers,
    // At the scrape, since breakers open and close between two readings of the lag.
    collect() {
      this.reset()
      for (const of of depths()) for (const state of DEPTH_STATES) this.set({ queue: of.queue, state }, of[state])
    },
  })
  const drain = new Gauge({
    name: 'pokepedia_queue_drain_seconds',
    help: 'Time until the queue is empty at the rate of the last minute; absent while it does not shrink',
    labelNames: ['queue'] as const,
    registers,
  })
  const messages = new Counter({
    name: 'pokepedia_queue_messages_total',
    help: 'Events that the main topic has ever had',
    labelNames: ['queue'] as const,
    registers,
  })
  return (snapshot, history) => {
    for (const one of [drain, messages]) one.reset()
    for (const { queue, messages: count } of snapshot.depths) {
      messages.inc({ queue }, count)
      const seconds = history.drainSeconds(queue)
      if (seconds !== undefined) drain.set({ queue }, seconds)
    }
  }
}

const NOTHING: LagSnapshot = { partitions: [], groups: [], depths: [], tiers: [], brokers: 0 }

const ageOf = (at: Date | null): number => (at === null ? 0 : Math.max(0, Date.now() - at.getTime()) / 1_000)

interface AgeSources {
  last(): LagSnapshot | undefined
  readonly retentionMs: ReadonlyMap<string, number>
}

/** Ages grow while nothing moves, so they are worked out at the scrape, from the times of the last snapshot. */
const ageMetrics = (registers: Registry[], { last, retentionMs }: AgeSources): void => {
  new Gauge({
    name: 'kafka_consumergroup_group_lag_seconds',
    help: 'Age of the oldest record that the group has not finished, by its timestamp; 0 for none',
    labelNames: ['group', 'topic', 'partition'] as const,
    registers,
    collect() {
      this.reset()
      // A record whose time could not be read has no age, rather than a wrong one.
      for (const { group, topic, partition, depth, oldestAt } of last()?.partitions ?? [])
        if (depth === 0 || oldestAt) this.set({ group, topic, partition }, ageOf(oldestAt))
    },
  })
  new Gauge({
    name: 'pokepedia_retention_used_ratio',
    help: 'Age of the oldest record that the group has not finished, as a share of how long the topic keeps records',
    labelNames: ['group', 'topic'] as const,
    registers,
    collect() {
      this.reset()
      for (const { group, topic, rows } of perTopic(last() ?? NOTHING)) {
        const keptMs = retentionMs.get(topic)
        const oldest = Math.max(...rows.map(({ oldestAt }) => ageOf(oldestAt)))
        if (keptMs !== undefined) this.set({ group, topic }, (oldest * 1_000) / keptMs)
      }
    },
  })
  const ages = [
    ['pokepedia_queue_oldest_message_age_seconds', 'Age of the oldest record, due or not; 0 for none', 'oldestAt'],
    [
      'pokepedia_queue_oldest_ready_age_seconds',
      'How long the oldest due record has waited; 0 for none',
      'oldestReadyAt',
    ],
    ['pokepedia_queue_newest_message_age_seconds', 'Age of the newest record that waits; 0 for none', 'newestAt'],
  ] as const
  for (const [name, help, field] of ages)
    new Gauge({
      name,
      help,
      labelNames: ['queue'] as const,
      registers,
      collect() {
        for (const depth of last()?.depths ?? []) this.set({ queue: depth.queue }, ageOf(depth[field]))
      },
    })
}

export interface LagMetricsOptions {
  /** How long records are kept, by topic. */
  readonly retentionMs: ReadonlyMap<string, number>
  /** Notes each snapshot. */
  readonly history: LagHistory
  /** The queues at a scrape. */
  readonly depths: () => readonly SplitDepth[]
}

/**
 * Declares the metrics of lag and returns what writes a snapshot into them; a scrape prints what is there and asks
 * nobody. Names and labels are those of danielqsj/kafka_exporter and seglo/kafka-lag-exporter where they have them.
 */
export const createLagMetrics = (
  registry: Registry,
  { retentionMs, history, depths }: LagMetricsOptions,
): ((snapshot: Snapshot<LagSnapshot>) => void) => {
  let last: LagSnapshot | undefined
  const writes = [
    ...[partitionMetrics, topicMetrics, lossMetrics, groupMetrics].map((of) => of([registry])),
    queueMetrics([registry], depths),
  ]
  ageMetrics([registry], { last: () => last, retentionMs })
  return ({ value, takenAt }) => {
    last = value
    history.note(value, takenAt.getTime())
    for (const write of writes) write(value, history)
  }
}
