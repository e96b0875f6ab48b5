/** A main topic with the consumer group that reads it; its retry topics and dead-letter topic follow from the name. */
export interface Queue {
  /** The main topic's name, which is the queue's name everywhere. */
  readonly name: string
  /** The consumer group of the main topic; its retry topics are read by `<group>.retry`. */
  readonly group: string
  /** Partitions of the main topic and of each retry topic. */
  readonly partitions: number
}

/** One delay of the retry ladder. */
export interface RetryTier {
  /** As written in RETRY_TIERS and in the topic's name: `5s`. */
  readonly label: string
  readonly delayMs: number
}

export const ingestQueue: Queue = { name: 'pokepedia.ingest', group: 'ingestor', partitions: 6 }
export const spritesQueue: Queue = { name: 'pokepedia.sprites', group: 'sprite-fetcher', partitions: 6 }
export const queues: readonly Queue[] = [ingestQueue, spritesQueue]

/** A topic whose values have a schema of ours. */
export type EventTopic = Pick<Queue, 'name' | 'partitions'>

/** What has changed, for whoever wants to know: no group of ours reads it, and it has no retries. */
export const changesTopic: EventTopic = { name: 'pokepedia.changes', partitions: 6 }

export const retryTopic = (queue: Queue, tier: RetryTier): string => `${queue.name}.retry.${tier.label}`
export const deadLetterTopic = (queue: Queue): string => `${queue.name}.dlq`
/** Where a queue's consumer puts what it could not handle. */
export const divertTopics = (queue: Queue, tiers: readonly RetryTier[]): string[] => [
  ...tiers.map((tier) => retryTopic(queue, tier)),
  deadLetterTopic(queue),
]
export const retryGroup = (queue: Queue): string => `${queue.group}.retry`
export const subjectOf = ({ name }: EventTopic): string => `${name}-value`

/** A topic as the project declares it; `config` holds the broker's own setting names. */
export interface TopicDeclaration {
  readonly name: string
  readonly partitions: number
  readonly config: Readonly<Record<string, string>>
}

const DAY_MS = 86_400_000
const kept = (days: number): Record<string, string> => ({
  'cleanup.policy': 'delete',
  'retention.ms': String(days * DAY_MS),
})

/** A copy is its record and the headers of its failure: one that just fits on the main topic must fit there, too. */
const roomForCopies = { 'max.message.bytes': String(2 * 1024 * 1024) }

/** Dead letters are never compacted: a second letter of a key would delete the first. */
const topicsOf = (queue: Queue, tiers: readonly RetryTier[]): TopicDeclaration[] => [
  { name: queue.name, partitions: queue.partitions, config: kept(7) },
  ...tiers.map((tier) => ({
    name: retryTopic(queue, tier),
    partitions: queue.partitions,
    config: { ...kept(7), ...roomForCopies },
  })),
  { name: deadLetterTopic(queue), partitions: 1, config: { ...kept(30), ...roomForCopies } },
]

/** Every topic of the product, or those of the given queues. */
export const topicCatalogue = (tiers: readonly RetryTier[], of?: readonly Queue[]): TopicDeclaration[] => [
  ...(of ?? queues).flatMap((queue) => topicsOf(queue, tiers)),
  ...(of ? [] : [{ ...changesTopic, config: kept(30) }]),
]

/** How long each topic keeps records, in milliseconds. */
export const retentionMsOf = (catalogue: readonly TopicDeclaration[]): Map<string, number> =>
  new Map(catalogue.map(({ name, config }) => [name, Number(config['retention.ms'])]))

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Parses `5s,30s,5m`: delays that grow, each a whole number with ms, s, m or h. Throws an Error that says what is wrong. */
export const parseRetryTiers = (text: string): RetryTier[] => {
  const tiers = text.split(',').map((part) => {
    const label = part.trim()
    const [, count, unit] = /^([1-9][0-9]{0,5})(ms|s|m|h)$/.exec(label) ?? []
    const unitMs = UNITS_MS[unit ?? '']
    if (unitMs === undefined) throw new Error(`${JSON.stringify(label)} is no delay; write for example 5s,30s,5m`)
    return { label, delayMs: Number(count) * unitMs }
  })
  tiers.forEach((tier, i) => {
    const before = tiers[i - 1]
    if (before && before.delayMs >= tier.delayMs) throw new Error(`${tier.label} must be longer than ${before.label}`)
  })
  return tiers
}
