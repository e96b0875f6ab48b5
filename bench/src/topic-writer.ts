import { setTimeout as delay } from 'node:timers/promises'
import { ingestQueue, type Queue } from '@pokepedia/events'
import {
  type EventProducer,
  type KafkaAdmin,
  type KafkaClient,
  openAdmin,
  openKafka,
  openProducer,
} from '@pokepedia/pipeline'
import { createLog, Scope } from '@pokepedia/service'
import type { Arena } from './arena.ts'

const LOOK_EVERY_MS = 250
const SHARED_WITHIN_MS = 60_000
const FILLED_AT_ONCE = 10_000

/** A way to write events by hand, as `kafka-console-producer` does, and to see what a group has committed. */
export interface TopicWriter extends AsyncDisposable {
  readonly producer: EventProducer
  /** Writes one event, JSON with this key; resolves when the broker has it. */
  write(queue: Queue, key: string, value: object): Promise<void>
  /** Writes so many events of documents by hand, each path in its turn. */
  fill(paths: readonly string[], events: number): Promise<void>
  /** The next offset that a queue's group reads, by partition; −1 where it never committed. */
  committed(queue: Queue): Promise<Map<number, number>>
  /** Waits until a queue's group has so many members, and each its part. */
  untilShared(queue: Queue, members: number): Promise<void>
  /** Records that a queue's group has not committed. */
  lag(queue: Queue): Promise<number>
}

const record = (key: string, value: object) => ({ key, value: Buffer.from(JSON.stringify(value)), headers: {} })

const lagOf = (admin: KafkaAdmin, { group, name }: Queue) => admin.lag([{ group, topics: [name] }])

/** A client of Kafka that logs nothing. */
export const openKafkaClient = (broker: string): KafkaClient =>
  openKafka({ brokers: [broker], clientId: 'bench' }, createLog('bench', 'silent'))

export const openTopicWriter = async ({ deployment }: Arena): Promise<TopicWriter> => {
  const scope = new Scope()
  const client = openKafkaClient(deployment.stack.kafka)
  const producer = scope.add(await openProducer(client))
  const admin = scope.add(await openAdmin(client))
  return {
    producer,
    write: (queue, key, value) => producer.send(queue.name, [record(key, value)]),
    async fill(paths, events) {
      for (let at = 0; at < events; at += FILLED_AT_ONCE) {
        const records = Array.from({ length: Math.min(FILLED_AT_ONCE, events - at) }, (_, i) => {
          const path = paths[(at + i) % paths.length] ?? ''
          return record(path, { path })
        })
        await producer.send(ingestQueue.name, records)
      }
    },
    async committed(queue) {
      return new Map((await lagOf(admin, queue)).map(({ partition, currentOffset }) => [partition, currentOffset]))
    },
    async untilShared({ group }, wanted) {
      for (const end = Date.now() + SHARED_WITHIN_MS; ; await delay(LOOK_EVERY_MS)) {
        const [found] = await admin.members([group])
        if (found?.state === 'Stable' && found.members === wanted) return
        if (Date.now() > end)
          throw new Error(`${group} is ${found?.state} with ${found?.members} members, not ${wanted}`)
      }
    },
    async lag(queue) {
      return (await lagOf(admin, queue)).reduce(
        (sum, { endOffset, currentOffset, startOffset }) => sum + endOffset - Math.max(currentOffset, startOffset),
        0,
      )
    },
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  }
}
