import type { RunWithProgress } from '@pokepedia/storage'
import { Gauge, type Registry } from 'prom-client'
import type { Collector } from './collector.ts'
import type { LagSnapshot } from './lag.ts'

/** Puts snapshots into the registry; a scrape prints what is there and asks nobody. */
export interface Exporter {
  lag(snapshot: LagSnapshot): void
  /** Runs, newest first. */
  runs(runs: readonly RunWithProgress[]): void
  collector(collector: Collector<unknown>): void
}

// Each update removes the old series and writes the new ones without a pause in between, so a scrape sees one or the
// other snapshot and never a mixture.
const partitionGauges = (registers: Registry[]) => {
  const perGroup = ['consumergroup', 'topic', 'partition'] as const
  const perPartition = ['topic', 'partition'] as const
  return {
    lag: new Gauge({
      name: 'kafka_consumergroup_lag',
      help: 'Records behind the end of the partition; -1 where the group never committed',
      labelNames: perGroup,
      registers,
    }),
    current: new Gauge({
      name: 'kafka_consumergroup_current_offset',
      help: 'Next offset the group reads; -1 where it never committed',
      labelNames: perGroup,
      registers,
    }),
    newest: new Gauge({
      name: 'kafka_topic_partition_current_offset',
      help: 'Offset after the last record of the partition',
      labelNames: perPartition,
      registers,
    }),
    oldest: new Gauge({
      name: 'kafka_topic_partition_oldest_offset',
      help: 'Offset of the first record the partition still has',
      labelNames: perPartition,
      registers,
    }),
  }
}

const queueGauges = (registers: Registry[]) => ({
  members: new Gauge({
    name: 'kafka_consumergroup_members',
    help: 'Members of the consumer group',
    labelNames: ['consumergroup'] as const,
    registers,
  }),
  depth: new Gauge({
    name: 'pokepedia_queue_depth',
    help: 'Records not finished yet: ready on the main topic, delayed on the retry topics',
    labelNames: ['queue', 'state'] as const,
    registers,
  }),
})

const runGauges = (registers: Registry[]) => ({
  records: new Gauge({
    name: 'pokepedia_run_records',
    help: 'Records of the newest run by what became of them; their sum is what was requested',
    labelNames: ['queue', 'outcome'] as const,
    registers,
  }),
  inProgress: new Gauge({
    name: 'pokepedia_run_in_progress',
    help: '1 while a run is open',
    registers,
  }),
})

const collectorGauges = (registers: Registry[]) => ({
  up: new Gauge({
    name: 'pokepedia_collector_up',
    help: '1 when the last cycle of the collector succeeded',
    labelNames: ['collector'] as const,
    registers,
  }),
  duration: new Gauge({
    name: 'pokepedia_collector_duration_seconds',
    help: 'How long the last cycle of the collector took',
    labelNames: ['collector'] as const,
    registers,
  }),
  lastSuccess: new Gauge({
    name: 'pokepedia_collector_last_success_timestamp_seconds',
    help: 'When the collector last succeeded, 0 for never',
    labelNames: ['collector'] as const,
    registers,
  }),
})

/** Declares the metrics of this service; names and labels are those of danielqsj/kafka_exporter where it has them. */
export const createExporter = (registry: Registry): Exporter => {
  const partitions = partitionGauges([registry])
  const queues = queueGauges([registry])
  const ofRuns = runGauges([registry])
  const collectors = collectorGauges([registry])
  return {
    lag(snapshot) {
      for (const gauge of [...Object.values(partitions), ...Object.values(queues)]) gauge.reset()
      for (const row of snapshot.partitions) {
        const place = { topic: row.topic, partition: row.partition }
        partitions.lag.set({ consumergroup: row.group, ...place }, row.lag)
        partitions.current.set({ consumergroup: row.group, ...place }, row.currentOffset)
        partitions.newest.set(place, row.endOffset)
        partitions.oldest.set(place, row.startOffset)
      }
      for (const { group, members } of snapshot.groups) queues.members.set({ consumergroup: group }, members)
      for (const { queue, ready, delayed } of snapshot.depths) {
        queues.depth.set({ queue, state: 'ready' }, ready)
        queues.depth.set({ queue, state: 'delayed' }, delayed)
      }
    },
    runs(runs) {
      ofRuns.records.reset()
      // Without the requested ones, so that the sum over the outcomes is what was requested.
      for (const [queue, { requested: _, ...outcomes }] of Object.entries(runs[0]?.counts ?? {}))
        for (const [outcome, count] of Object.entries(outcomes)) ofRuns.records.set({ queue, outcome }, count)
      ofRuns.inProgress.set(runs.some(({ state }) => state === 'discovering' || state === 'running') ? 1 : 0)
    },
    collector({ state }) {
      const labels = { collector: state.name }
      collectors.up.set(labels, state.up ? 1 : 0)
      collectors.duration.set(labels, state.durationMs / 1_000)
      collectors.lastSuccess.set(labels, (state.lastSuccessAt?.getTime() ?? 0) / 1_000)
    },
  }
}
