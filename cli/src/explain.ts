import {
  attemptOf,
  deadLetterTopic,
  HEADER,
  type Headers,
  ingestQueue,
  notBeforeOf,
  type ResourcePath,
} from '@pokepedia/events'
import { openAdmin, partitionOf, readRecords } from '@pokepedia/pipeline'
import { explainResource, type ResourceStory, type Store } from '@pokepedia/storage'
import { kafkaOf } from './deployment-kafka.ts'
import type { StackJson } from './stack-json.ts'

/** A record of the resource on one of the topics of its queue. */
export interface EventOnTopic {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly at: Date
  readonly runId: string | null
  readonly attempt: number
  /** When a retry is due. */
  readonly dueAt: Date | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly redriveId: string | null
}

export interface Explanation extends ResourceStory {
  readonly path: ResourcePath
  /** In time order. */
  readonly events: readonly EventOnTopic[]
}

/** More than one event can have; the newest are kept. */
const EVENTS_KEPT = 1_000

const headersOf = (headers: Headers) => {
  const due = notBeforeOf(headers)
  return {
    runId: headers[HEADER.runId] ?? null,
    attempt: attemptOf(headers),
    dueAt: due === undefined ? null : new Date(due),
    errorCode: headers[HEADER.errorCode] ?? null,
    errorMessage: headers[HEADER.errorMessage] ?? null,
    redriveId: headers[HEADER.redriveId] ?? null,
  }
}

const eventsOf = async (stack: StackJson, key: string): Promise<EventOnTopic[]> => {
  const client = kafkaOf(stack)
  await using admin = await openAdmin(client)
  const { name } = ingestQueue
  const retries = (await admin.topics()).filter((topic) => topic.startsWith(`${name}.retry.`))
  const events: EventOnTopic[] = []
  for (const topic of [name, ...retries, deadLetterTopic(ingestQueue)]) {
    const ranges = await admin.ranges(topic)
    const its = partitionOf(key, ranges.length)
    const range = ranges.filter(({ partition }) => partition === its)
    await readRecords(client, topic, range, ({ delivery, timestamp }) => {
      if (delivery.key !== key) return
      const { partition, offset, headers } = delivery
      events.push({ topic, partition, offset, at: new Date(Number(timestamp)), ...headersOf(headers) })
      if (events.length > EVENTS_KEPT) events.shift()
    })
  }
  return events.sort((a, b) => a.at.getTime() - b.at.getTime())
}

/**
 * Everything that is known of one resource: what the database has, and its events on the topics, as long as retention
 * keeps them. Of each topic only the partition of the key is read; events that were fed without a key are not found.
 */
export const explain = async (stack: StackJson, store: Store, path: ResourcePath): Promise<Explanation> => {
  const [story, events] = await Promise.all([explainResource(store, path), eventsOf(stack, path)])
  return { path, ...story, events }
}

const time = (at: Date): string => at.toISOString().replace('T', ' ').replace('Z', '')

/** What happened, each with its time. */
const happenings = ({ resource, runs, letters, events }: Explanation): [Date, string][] => [
  ...runs.flatMap(({ runId, trigger, outcome, errorCode, requestedAt, settledAt }): [Date, string][] => {
    const asked: [Date, string] = [requestedAt, `run ${runId} (${trigger}) asks for it`]
    const code = errorCode === null ? '' : ` (${errorCode})`
    return settledAt ? [asked, [settledAt, `run ${runId}: ${outcome}${code}`]] : [asked]
  }),
  ...events.map((event): [Date, string] => {
    const { topic, partition, offset, at, attempt, dueAt, errorCode, errorMessage, redriveId } = event
    const due = dueAt === null ? '' : `, due ${time(dueAt)}`
    const why = errorCode === null ? '' : `, ${errorCode}: ${errorMessage ?? ''}`
    const redriven = redriveId === null ? '' : `, redrive ${redriveId}`
    return [at, `event on ${topic} at ${partition}:${offset}, attempt ${attempt}${due}${redriven}${why}`]
  }),
  ...letters.flatMap(({ id, queue, key, state, code, diedAt, outcome, settledAt }): [Date, string][] => {
    const died: [Date, string] = [diedAt, `dead letter ${id} on ${queue}: ${key}, ${code}, now ${state}`]
    return settledAt ? [died, [settledAt, `dead letter ${id} is ${state}: ${outcome ?? 'given up'}`]] : [died]
  }),
  ...(resource === null
    ? []
    : [
        [resource.changedAt, `the document changed to what is stored (${resource.contentHash.slice(0, 12)})`] as [
          Date,
          string,
        ],
        ...(resource.goneAt ? [[resource.goneAt, 'the upstream no longer has it'] as [Date, string]] : []),
        ...(resource.checkedAt
          ? [[resource.checkedAt, 'asked for; the last answer of the upstream'] as [Date, string]]
          : []),
      ]),
]

/** The story for people: what is there, what happened in time order, its media. */
export const explanationText = (explanation: Explanation): string => {
  const { path, resource, runs, assets } = explanation
  const row =
    resource === null
      ? `${path}: no row`
      : `${path}: ${resource.status}, ${resource.name ?? 'without a name'}, ${resource.bytes} bytes, ${resource.url}`
  const waiting = runs.filter(({ outcome }) => outcome === 'in_flight').map(({ runId }) => `in flight in run ${runId}`)
  const story = happenings(explanation)
    .sort(([a], [b]) => a.getTime() - b.getTime())
    .map(([at, what]) => `${time(at)}  ${what}`)
  const media = assets.map(
    ({ url, pointer, status, objectKey, bytes }) =>
      `${status.padEnd(7)}  ${pointer}  ${url}${objectKey === null ? '' : `  → ${objectKey} (${bytes} bytes)`}`,
  )
  const parts = [row, ...waiting, '', ...story]
  return [...parts, ...(media.length > 0 ? ['', `media (${media.length})`, ...media] : [])].join('\n')
}
