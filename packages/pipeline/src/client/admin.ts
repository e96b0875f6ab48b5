import { setTimeout as delay } from 'node:timers/promises'
import type { TopicDeclaration } from '@pokepedia/events'
// A CommonJS module whose later exports Node does not see by name.
import kafkajs from 'kafkajs'
import { awaitAll } from './await-all.ts'
import { type KafkaClient, kafkaError } from './kafka.ts'

/** How long a broker may take to serve a topic that it has just made. */
const SERVED_WITHIN_MS = 10_000

/** One row of `kafka-consumer-groups --describe`. */
export interface PartitionLag {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** Next offset the group reads; −1 when it never committed (the tool prints `-`). */
  readonly currentOffset: number
  readonly startOffset: number
  readonly endOffset: number
  /** end − current; −1 when the group never committed. */
  readonly lag: number
}

/** What a partition has: records from `start` up to, and without, `end`; decimal text. */
export interface PartitionRange {
  readonly partition: number
  readonly start: string
  readonly end: string
}

/** A difference between a declared topic and the broker's. */
export interface TopicDrift {
  readonly topic: string
  readonly what: string
  readonly declared: string
  readonly actual: string
}

export interface KafkaAdmin extends AsyncDisposable {
  /** Creates what is missing (safe with several instances at once) and reports what differs; changes nothing that exists. */
  ensureTopics(declarations: readonly TopicDeclaration[]): Promise<{ created: string[]; drift: TopicDrift[] }>
  /** What `ensureTopics` would create, and what differs; changes nothing. */
  planTopics(declarations: readonly TopicDeclaration[]): Promise<{ missing: string[]; drift: TopicDrift[] }>
  /** Lag of each group on each of its topics' partitions; commits are read before ends, so it is never negative. */
  lag(groups: readonly { group: string; topics: readonly string[] }[]): Promise<PartitionLag[]>
  /** What each partition of a topic has now. */
  ranges(topic: string): Promise<PartitionRange[]>
  /** Of each partition what was written at a time (epoch ms, by the records' timestamps) or later. */
  rangesSince(topic: string, timeMs: number): Promise<PartitionRange[]>
  /** The names of all topics. */
  topics(): Promise<string[]>
  /** How many brokers the cluster has. */
  brokers(): Promise<number>
  members(groups: readonly string[]): Promise<{ group: string; state: string; members: number }[]>
  /** Resolves when a broker answers. */
  ping(): Promise<void>
}

/** Connects an admin client; every call throws `kafka_unavailable` or `kafka_config`. */
export const openAdmin = async ({ kafka }: KafkaClient): Promise<KafkaAdmin> => {
  const admin = kafka.admin()
  const ask = <Answer>(what: string, call: () => Promise<Answer>): Promise<Answer> =>
    call().catch((cause: unknown) => {
      throw kafkaError(what, cause)
    })
  await ask('could not connect to Kafka', () => admin.connect())

  const driftOf = async (declarations: readonly TopicDeclaration[]): Promise<TopicDrift[]> => {
    if (declarations.length === 0) return []
    const names = declarations.map(({ name }) => name)
    const [{ topics }, { resources }] = await Promise.all([
      admin.fetchTopicMetadata({ topics: names }),
      admin.describeConfigs({
        includeSynonyms: false,
        resources: declarations.map(({ name, config }) => ({
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name,
          configNames: Object.keys(config),
        })),
      }),
    ])
    return declarations.flatMap(({ name, partitions, config }) => {
      const actual = topics.find((topic) => topic.name === name)?.partitions.length ?? 0
      const entries = resources.find((resource) => resource.resourceName === name)?.configEntries ?? []
      const rows = Object.entries(config).map(([what, declared]) => ({
        topic: name,
        what,
        declared,
        actual: entries.find((entry) => entry.configName === what)?.configValue ?? 'unset',
      }))
      rows.push({ topic: name, what: 'partitions', declared: String(partitions), actual: String(actual) })
      return rows.filter((row) => row.declared !== row.actual)
    })
  }

  // kafkajs's own `waitForLeaders` gives up when a broker has not heard of the topic yet.
  const untilServed = async (declarations: readonly TopicDeclaration[]): Promise<void> => {
    for (const end = Date.now() + SERVED_WITHIN_MS; ; await delay(100)) {
      try {
        await awaitAll(declarations.map(({ name }) => admin.fetchTopicOffsets(name)))
        return
      } catch (error) {
        if (Date.now() > end) throw error
      }
    }
  }

  const commitsOf = async (group: string, topics: readonly string[]): Promise<Map<string, number>> => {
    const found = await admin.fetchOffsets({ groupId: group, topics: [...topics] })
    return new Map(
      found.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }): [string, number] => [`${group} ${topic} ${partition}`, Number(offset)]),
      ),
    )
  }

  /** All commits before all ends: the other way round shows negative lag under load (redpanda-data/kminion#27). */
  const lagOf = async (groups: readonly { group: string; topics: readonly string[] }[]): Promise<PartitionLag[]> => {
    const byGroup = await awaitAll(groups.map(({ group, topics }) => commitsOf(group, topics)))
    const commits = new Map(byGroup.flatMap((found) => [...found]))
    const names = [...new Set(groups.flatMap(({ topics }) => topics))]
    const ranges = await awaitAll(names.map((topic) => admin.fetchTopicOffsets(topic)))
    const ends = new Map(names.map((topic, i) => [topic, ranges[i] ?? []]))
    return groups.flatMap(({ group, topics }) =>
      topics.flatMap((topic) =>
        (ends.get(topic) ?? []).map(({ partition, low, high }) => {
          const currentOffset = commits.get(`${group} ${topic} ${partition}`) ?? -1
          const endOffset = Number(high)
          const lag = currentOffset < 0 ? -1 : endOffset - currentOffset
          return { group, topic, partition, currentOffset, startOffset: Number(low), endOffset, lag }
        }),
      ),
    )
  }

  return {
    ensureTopics: (declarations) =>
      ask('could not create the topics', async () => {
        const existing = new Set(await admin.listTopics())
        const missing = declarations.filter(({ name }) => !existing.has(name))
        if (missing.length > 0) {
          await admin.createTopics({
            waitForLeaders: false,
            topics: missing.map(({ name, partitions, config }) => ({
              topic: name,
              numPartitions: partitions,
              replicationFactor: -1,
              configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
            })),
          })
          await untilServed(missing)
        }
        const created = missing.map(({ name }) => name)
        return { created, drift: await driftOf(declarations.filter(({ name }) => existing.has(name))) }
      }),
    planTopics: (declarations) =>
      ask('could not read the topics', async () => {
        const existing = new Set(await admin.listTopics())
        const missing = declarations.map(({ name }) => name).filter((name) => !existing.has(name))
        return { missing, drift: await driftOf(declarations.filter(({ name }) => existing.has(name))) }
      }),
    lag: (groups) => ask('could not read the consumer lag', () => lagOf(groups)),
    brokers: () => ask('could not describe the cluster', async () => (await admin.describeCluster()).brokers.length),
    ranges: (topic) =>
      ask(`could not read the offsets of ${topic}`, async () =>
        (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
          partition,
          start: low,
          end: high,
        })),
      ),
    rangesSince: (topic, timeMs) =>
      ask(`could not read the offsets of ${topic}`, async () => {
        const starts = await admin.fetchTopicOffsetsByTimestamp(topic, timeMs)
        const ends = await admin.fetchTopicOffsets(topic)
        return ends.map(({ partition, low, high }) => {
          const start = starts.find((row) => row.partition === partition)?.offset ?? low
          // The start that was read first may have been deleted since.
          return { partition, start: BigInt(start) < BigInt(low) ? low : start, end: high }
        })
      }),
    topics: () => ask('could not list the topics', () => admin.listTopics()),
    members: (groups) =>
      ask('could not describe the groups', async () => {
        const described = await admin.describeGroups([...groups])
        return described.groups.map(({ groupId, state, members }) => ({
          group: groupId,
          state,
          members: members.length,
        }))
      }),
    ping: () => ask('Kafka does not answer', async () => void (await admin.describeCluster())),
    [Symbol.asyncDispose]: () => admin.disconnect(),
  }
}
