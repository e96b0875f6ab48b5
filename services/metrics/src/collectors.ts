import { deadLetterTopic, queues, type RetryTier, retentionMsOf, type TopicDeclaration } from '@pokepedia/events'
import { type KafkaAdmin, type KafkaClient, openRecordTimes } from '@pokepedia/pipeline'
import { type Log, repeat, type Scope } from '@pokepedia/service'
import {
  copyTotals,
  countOpenLetters,
  countRedriven,
  groupPauses,
  hostBudgets,
  listRuns,
  listSchedules,
  liveInstances,
  type Store,
  saveQueueSnapshots,
} from '@pokepedia/storage'
import type { Registry } from 'prom-client'
import { holding } from './breakers.ts'
import { type Collector, type Snapshot, startCollector } from './collector.ts'
import { createCollectorMetrics } from './collector-metrics.ts'
import { createCopyMetrics } from './copy/metrics.ts'
import { INDEX_GROUP } from './dead-letters/indexing.ts'
import { createDeadLetterMetrics } from './dead-letters/metrics.ts'
import { type SplitDepth, splitDepths } from './lag/blocked.ts'
import { createLagHistory } from './lag/lag-history.ts'
import { createLagMetrics } from './lag/lag-metrics.ts'
import { type LagSnapshot, readLag } from './lag/read-lag.ts'
import { createRunMetrics } from './runs/metrics.ts'
import type { StatusSources } from './status.ts'
import { createTopicMetrics } from './topics/metrics.ts'

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
/** For what is cheap to read and looked at after a click. */
const SOON_MS = 1_000
/** What costs more to read, or changes rarely. */
const SLOW_INTERVAL_MS = 30_000
/** Counting a run reads its whole ledger, so only the newest are shown. */
const RUNS_SHOWN = 5

interface Reading<Value> {
  readonly name: string
  readonly collect: () => Promise<Value>
  /** Shows each new reading. */
  readonly show?: (snapshot: Snapshot<Value>) => void
  readonly intervalMs?: number
}

/** Starts collectors that end with the scope. */
const startingIn = (scope: Scope, { registry, log }: CollectorParts) => {
  const { begins, cycled } = createCollectorMetrics(registry)
  return <Value>({ name, collect, show, intervalMs = INTERVAL_MS }: Reading<Value>): Collector<Value> => {
    begins(name)
    const onCycle = (collector: Collector<Value>): void => {
      if (collector.state.up && collector.snapshot) show?.(collector.snapshot)
      cycled(collector)
    }
    return scope.add(startCollector({ name, intervalMs, collect, onCycle, log }))
  }
}

type Start = ReturnType<typeof startingIn>

/** What is shown in metrics alone. */
const startSlowly = (start: Start, { registry, store, admin, catalogue }: CollectorParts): Collector<unknown>[] => {
  const showCopy = createCopyMetrics(registry)
  const showTopics = createTopicMetrics(
    registry,
    catalogue.map(({ name }) => name),
  )
  const intervalMs = SLOW_INTERVAL_MS
  return [
    start({ name: 'copy', intervalMs, collect: () => copyTotals(store), show: ({ value }) => showCopy(value) }),
    start({
      name: 'topics',
      intervalMs,
      collect: () => admin.planTopics(catalogue),
      show: ({ value }) => showTopics(value),
    }),
  ]
}

const startLag = (scope: Scope, start: Start, parts: CollectorParts) => {
  const { registry, store, client, admin, tiers, catalogue, log } = parts
  const history = createLagHistory()
  const show = createLagMetrics(registry, { retentionMs: retentionMsOf(catalogue), history, depths: () => depths() })
  const topics = catalogue.map(({ name }) => name)
  const times = scope.add(openRecordTimes(client, topics))
  const others = [{ group: INDEX_GROUP, topics: queues.map(deadLetterTopic) }]
  const lag = start({ name: 'lag', collect: () => readLag({ admin, times, queues, tiers, others }), show })
  const instances = start({ name: 'instances', intervalMs: SOON_MS, collect: () => liveInstances(store) })
  const depths = (): SplitDepth[] =>
    lag.snapshot ? splitDepths(lag.snapshot.value, queues, holding({ instances, lag })) : []
  const saveLag = async (): Promise<void> => {
    if (lag.snapshot) await saveQueueSnapshots(store, lag.snapshot.takenAt, depths())
  }
  // Apart from the reading itself, so that Kafka's numbers stay fresh while Postgres is away.
  scope.add(repeat('keeping queue snapshots', INTERVAL_MS, saveLag, log))
  return { lag, history, instances, depths }
}

const startRuns = (start: Start, { registry, store }: CollectorParts, lag: Collector<LagSnapshot>) => {
  const show = createRunMetrics(registry)
  let lagBefore: LagSnapshot | undefined
  return start({
    name: 'runs',
    collect() {
      lagBefore = lag.state.up ? lag.snapshot?.value : undefined
      return listRuns(store, RUNS_SHOWN)
    },
    show: ({ value: runs }) => show({ runs, lagBefore }),
  })
}

/** Starts what is read in the background, for the metrics and the status page; it ends with the scope. */
export const startCollectors = (scope: Scope, parts: CollectorParts): StatusSources => {
  const { registry, store } = parts
  const start = startingIn(scope, parts)
  const ofLag = startLag(scope, start, parts)
  const showDeadLetters = createDeadLetterMetrics(
    registry,
    queues.map(({ name }) => name),
  )
  return {
    ...ofLag,
    runs: startRuns(start, parts, ofLag.lag),
    deadLetters: start({
      name: 'dead-letters',
      collect: async () => ({ open: await countOpenLetters(store), totals: await countRedriven(store) }),
      show: ({ value }) => showDeadLetters(value),
    }),
    hosts: start({ name: 'hosts', collect: () => hostBudgets(store) }),
    pauses: start({ name: 'pauses', intervalMs: SOON_MS, collect: () => groupPauses(store) }),
    schedules: start({ name: 'schedules', collect: () => listSchedules(store) }),
    others: startSlowly(start, parts),
  }
}
