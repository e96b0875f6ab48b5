import { deadLetterTopic, queues, type RetryTier, retentionMsOf, type TopicDeclaration } from '@pokepedia/events'
import { type KafkaAdmin, type KafkaClient, openRecordTimes } from '@pokepedia/pipeline'
import { type Log, repeat, type Scope } from '@pokepedia/service'
import {
  countOpenLetters,
  countRedriven,
  groupPauses,
  hostBudgets,
  listRuns,
  type Store,
  saveQueueSnapshots,
} from '@pokepedia/storage'
import type { Registry } from 'prom-client'
import { type Collector, startCollector } from './collector.ts'
import { INDEX_GROUP } from './dead-letters/indexing.ts'
import { createDeadLetterMetrics } from './dead-letters/metrics.ts'
import { createExporter } from './exporter.ts'
import { createLagHistory } from './lag/lag-history.ts'
import { createLagMetrics } from './lag/lag-metrics.ts'
import { readLag } from './lag/read-lag.ts'
import type { StatusSources } from './status.ts'

export interface CollectorParts {
  readonly registry: Registry
  readonly store: Store
  readonly client: KafkaClient
  readonly admin: KafkaAdmin
  readonly tiers: readonly RetryTier[]
  readonly catalogue: readonly TopicDeclaration[]
  readonly log: Log
}

const INTERVAL_MS = 5_000
/** Counting a run reads its whole ledger, so only the newest are shown. */
const RUNS_SHOWN = 5

/** Starts what is read in the background, every 5 s each, for the metrics and the status page; it ends with the scope. */
export const startCollectors = (scope: Scope, parts: CollectorParts): StatusSources => {
  const { registry, store, client, admin, tiers, catalogue, log } = parts
  const exporter = createExporter(registry)
  const history = createLagHistory()
  const showLag = createLagMetrics(registry, { retentionMs: retentionMsOf(catalogue), history })
  const queueNames = queues.map(({ name }) => name)
  const showDeadLetters = createDeadLetterMetrics(registry, queueNames)
  const topics = catalogue.map(({ name }) => name)
  const times = scope.add(openRecordTimes(client, topics))
  const others = [{ group: INDEX_GROUP, topics: queues.map(deadLetterTopic) }]

  /** Shows each new reading. */
  const start = <Value>(
    name: string,
    collect: () => Promise<Value>,
    show: (snapshot: { readonly value: Value; readonly takenAt: Date }) => void = () => undefined,
  ): Collector<Value> =>
    scope.add(
      startCollector({
        name,
        intervalMs: INTERVAL_MS,
        collect,
        onCycle(collector) {
          if (collector.state.up && collector.snapshot) show(collector.snapshot)
          exporter.collector(collector)
        },
        log,
      }),
    )

  const lag = start('lag', () => readLag({ admin, times, queues, tiers, others }), showLag)
  const saveLag = async (): Promise<void> => {
    if (lag.snapshot) await saveQueueSnapshots(store, lag.snapshot.takenAt, lag.snapshot.value.depths)
  }
  // Apart from the reading itself, so that Kafka's numbers stay fresh while Postgres is away.
  scope.add(repeat('keeping queue snapshots', INTERVAL_MS, saveLag, log))
  return {
    lag,
    history,
    runs: start(
      'runs',
      () => listRuns(store, RUNS_SHOWN),
      ({ value }) => exporter.runs(value),
    ),
    deadLetters: start(
      'dead-letters',
      async () => ({ open: await countOpenLetters(store), totals: await countRedriven(store) }),
      ({ value }) => showDeadLetters(value),
    ),
    hosts: start('hosts', () => hostBudgets(store)),
    pauses: start('pauses', () => groupPauses(store)),
  }
}
