import { deadLetterTopic, type Queue, queues, type RunId, retryGroup, runIdOf } from '@pokepedia/events'
import {
  type KafkaAdmin,
  type KafkaClient,
  openAdmin,
  type PartitionLag,
  readRecords,
  type SourceRecord,
} from '@pokepedia/pipeline'
import { type Audit, auditEvents, auditRun, type EventsToLook, type SeenEvent, type Store } from '@pokepedia/storage'
import { kafkaOf } from './deployment-kafka.ts'
import { objectsOf } from './deployment-store.ts'
import type { StackJson } from './stack-json.ts'

/** Records that are noted in one query. */
const NOTED_AT_ONCE = 2_000
/** How far the clocks of those who write timestamps may be apart. */
const CLOCK_SKEW_MS = 3_600_000

interface Reading {
  readonly client: KafkaClient
  readonly admin: KafkaAdmin
  readonly runId: RunId
  readonly wanted: EventsToLook
}

/** Notes the run's records as they are read, in portions. */
const openNotes = ({ runId, wanted }: Reading, kind: SeenEvent['kind'], queue: Queue) => {
  let waiting: SeenEvent[] = []
  const flush = async (): Promise<void> => {
    if (waiting.length > 0) await wanted.note(waiting)
    waiting = []
  }
  const take = async ({ delivery, timestamp }: SourceRecord): Promise<void> => {
    if (runIdOf(delivery.headers) !== runId) return
    waiting.push({ kind, queue: queue.name, key: delivery.key ?? '', at: new Date(Number(timestamp)) })
    if (waiting.length >= NOTED_AT_ONCE) await flush()
  }
  return { take, flush }
}

/** Notes the letters of the run; returns until when letters may have been deleted, if any was. */
const noteLetters = async (reading: Reading, queue: Queue): Promise<Date | undefined> => {
  const { client, admin, wanted } = reading
  const topic = deadLetterTopic(queue)
  const ranges = await admin.rangesSince(topic, wanted.startedAt.getTime() - CLOCK_SKEW_MS)
  const whole = await admin.ranges(topic)
  // A partition that was cut, and whose first record is not from before the run.
  const cut = new Set(
    ranges
      .filter(
        ({ partition, start }) =>
          start !== '0' && whole.some((row) => row.partition === partition && row.start === start),
      )
      .map((r) => r.partition),
  )
  const first = new Map<number, number>()
  const notes = openNotes(reading, 'letter', queue)
  await readRecords(client, topic, ranges, (record) => {
    const { partition } = record.delivery
    if (!first.has(partition)) first.set(partition, Number(record.timestamp))
    return notes.take(record)
  })
  await notes.flush()
  if (cut.size === 0) return undefined
  return new Date(Math.max(...[...cut].map((partition) => first.get(partition) ?? Date.now() + CLOCK_SKEW_MS)))
}

/** What stands at or behind the commits of the groups, by topic. */
const unfinishedRanges = (before: readonly PartitionLag[], after: readonly PartitionLag[]) => {
  const byTopic = new Map<string, { partition: number; start: string; end: string }[]>()
  for (const { topic, partition, endOffset, startOffset } of after) {
    const commit = before.find((row) => row.topic === topic && row.partition === partition)?.currentOffset ?? -1
    const range = { partition, start: String(Math.max(commit, startOffset)), end: String(endOffset) }
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), range])
  }
  return byTopic
}

const noteUnfinished = async (reading: Reading): Promise<void> => {
  const { client, admin } = reading
  const names = await admin.topics()
  const retriesOf = (queue: Queue): string[] => names.filter((name) => name.startsWith(`${queue.name}.retry.`))
  const groups = queues.flatMap((queue) => [
    { group: queue.group, topics: [queue.name] },
    { group: retryGroup(queue), topics: retriesOf(queue) },
  ])
  // All commits before all ends: an event that moves to another topic meanwhile is seen on one of them.
  const before = await admin.lag(groups)
  const ranges = unfinishedRanges(before, await admin.lag(groups))
  for (const queue of queues) {
    const notes = openNotes(reading, 'unfinished', queue)
    for (const topic of [queue.name, ...retriesOf(queue)])
      await readRecords(client, topic, ranges.get(topic) ?? [], notes.take)
    await notes.flush()
  }
}

/** Proves a run of a running deployment against Postgres, the object store and Kafka; docs/audit.md lists the rules. */
export const auditDeployment = async (stack: StackJson, store: Store, runId: RunId): Promise<Audit | undefined> => {
  const audit = await auditRun(store, objectsOf(stack), runId)
  if (!audit) return undefined
  const client = kafkaOf(stack)
  await using admin = await openAdmin(client)
  const inKafka = await auditEvents(store, runId, async (wanted) => {
    const reading = { client, admin, runId, wanted }
    const since: Record<string, Date> = {}
    for (const queue of queues) {
      const at = await noteLetters(reading, queue)
      if (at) since[queue.name] = at
    }
    if (wanted.unfinished) await noteUnfinished(reading)
    return since
  })
  const violations = [...audit.violations, ...inKafka]
  return { ...audit, balanced: violations.length === 0, violations }
}
