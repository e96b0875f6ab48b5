import { errors, messageOf } from '@pokepedia/errors'
import { type Decode, type Queue, type RetryTier, retryGroup, retryTopic } from '@pokepedia/events'
import type { Log } from '@pokepedia/service'
import type { Registry } from 'prom-client'
import { createGate } from './gate.ts'
import { type GroupReader, openGroupReader } from './group-reader.ts'
import type { KafkaClient } from './kafka.ts'
import { createConsumerMetrics } from './metrics.ts'
import { processRecord, type SourceRecord } from './process-record.ts'
import type { EventProducer } from './producer.ts'
import type { DeadLetter, Handler } from './types.ts'

export interface ConsumeOptions<Event> {
  readonly client: KafkaClient
  readonly producer: EventProducer
  readonly decode: Decode<Event>
  /** Notes a dead letter in the run ledger; called after the broker has acknowledged it. */
  readonly onDead: (letter: DeadLetter<Event>) => Promise<void>
  readonly tiers: readonly RetryTier[]
  /** Events in flight of the main topic; the retry topics together get a quarter of it. */
  readonly concurrency: number
  readonly deadlineMs: number
  readonly registry: Registry
  readonly log: Log
}

export interface RunningConsumer extends AsyncDisposable {
  /** Rejects when the consumer can't go on; the process should end and be restarted. */
  readonly failed: Promise<never>
  /** For `/readyz`: throws `kafka_unavailable` while a group is not joined. */
  check(): Promise<void>
  /** For `/livez`: why the consumer can't go on, or undefined. */
  alive(): string | undefined
}

/** How long a stop waits for the events in flight. */
const DRAIN_MS = 8_000
/** Then handlers are told to give up, and have this long. */
const GIVE_UP_MS = 1_000

/**
 * Reads a queue and its retry topics, each with its own consumer group and limit, and hands every event to the handler.
 * At least once: an offset is committed only after the event's effects, or the acknowledged copy of it.
 */
export const consume = async <Event>(
  queue: Queue,
  handler: Handler<Event>,
  options: ConsumeOptions<Event>,
): Promise<RunningConsumer> => {
  const { log, tiers } = options
  const readers: GroupReader[] = []
  const metrics = createConsumerMetrics(options.registry, queue, [queue.group, retryGroup(queue)], tiers)
  const stopping = new AbortController()
  const givingUp = new AbortController()
  const gate = createGate((shutBy) => {
    for (const reader of readers) shutBy ? reader.pauseAll('breaker') : reader.resumeAll('breaker')
    if (shutBy) log.warn({ event: 'breaker.opened', code: shutBy.code }, `paused: ${shutBy.message}; ${shutBy.hint}`)
    else log.info({ event: 'breaker.closed' }, 'resumed')
  })
  const process = { ...options, queue, handler, gate, metrics }
  const signals = { stopping: stopping.signal, givingUp: givingUp.signal }

  const handle =
    (group: string) =>
    async (record: SourceRecord): Promise<boolean> => {
      const startedMs = performance.now()
      const settled = await processRecord(record, process, signals)
      metrics.settled(group, settled, performance.now() - startedMs)
      return settled !== 'abandoned'
    }

  const read = async (
    group: string,
    topics: readonly string[],
    concurrency: number,
    maxWaitMs: number,
  ): Promise<void> => {
    readers.push(
      await openGroupReader({
        client: options.client,
        groupId: group,
        topics,
        concurrency,
        maxWaitMs,
        handle: handle(group),
        onAssigned: () => metrics.rebalanced(group),
        onInFlight: (count) => metrics.inFlight(group, count),
        onFired: (topic, errorMs) => metrics.fired(topic.slice(topic.lastIndexOf('.') + 1), errorMs),
      }),
    )
  }

  const stop = async (): Promise<void> => {
    stopping.abort()
    const drained = readers.map((reader) => reader.stop(DRAIN_MS))
    const timer = setTimeout(() => givingUp.abort(), DRAIN_MS - GIVE_UP_MS)
    const results = await Promise.allSettled(drained)
    clearTimeout(timer)
    for (const result of results)
      if (result.status === 'rejected') log.warn({ err: result.reason }, `stopping: ${messageOf(result.reason)}`)
  }

  try {
    const retryTopics = tiers.map((tier) => retryTopic(queue, tier))
    await Promise.all([
      read(queue.group, [queue.name], options.concurrency, 250),
      read(retryGroup(queue), retryTopics, Math.max(1, Math.ceil(options.concurrency / 4)), 100),
    ])
  } catch (error) {
    await stop()
    throw error
  }

  const failed = Promise.race(readers.map((reader) => reader.failed))
  let failure: string | undefined
  failed.catch((error: unknown) => {
    failure = messageOf(error)
  })

  return {
    failed,
    async check() {
      if (!readers.every((reader) => reader.joined))
        throw errors('kafka_unavailable', `a group of ${queue.name} is not joined`)
    },
    alive: () => failure,
    [Symbol.asyncDispose]: stop,
  }
}
