import { errors, messageOf } from '@pokepedia/errors'
import { type Decode, type Queue, type RetryTier, retryGroup, retryTopic } from '@pokepedia/events'
import type { Log } from '@pokepedia/service'
import type { Registry } from 'prom-client'
import { type BreakerState, createBreakers, type Probes } from './breakers/breakers.ts'
import type { KafkaClient } from './client/kafka.ts'
import { type GroupReader, openGroupReader, STEADY_WAIT_MS } from './group/group-reader.ts'
import { obeyOperator, type PausedGroups } from './group/operator-pauses.ts'
import { createSharedSlots, type Slots } from './group/slots.ts'
import { createByteBudget } from './handling/byte-budget.ts'
import { delivering } from './handling/deliver.ts'
import type { EventProducer } from './producer/producer.ts'
import { createConsumerMetrics } from './telemetry/metrics.ts'
import { createStateMetrics } from './telemetry/state-metrics.ts'
import { startSummary } from './telemetry/summary.ts'
import type { TraceParenting } from './telemetry/tracing.ts'
import type { DeadLetter, Handler, RedrivenEnd } from './types.ts'

export interface ConsumeOptions<Event> {
  readonly client: KafkaClient
  readonly producer: EventProducer
  readonly decode: Decode<Event>
  /** Notes a dead letter in the run ledger; called after the broker has acknowledged it. */
  readonly onDead: (letter: DeadLetter<Event>) => Promise<void>
  /** Notes what became of an event that a redrive sent; may come again for the same event. */
  readonly onRedriven?: (end: RedrivenEnd) => Promise<void>
  /** How the dependencies are asked whether a failure is theirs; see docs/decisions/007-breakers.md. */
  readonly probes: Probes
  readonly tiers: readonly RetryTier[]
  /**
   * Events in work at once, fresh ones and retries together. Either may take what the other leaves free, but for one
   * place; when both wait, a quarter goes to the retries.
   */
  readonly concurrency: number
  /** Bytes that handlers hold at once, as they tell by `holds`. */
  readonly maxBytes: number
  readonly deadlineMs: number
  /** Which groups an operator has told to stand still; asked again and again. Nobody does when it is not given. */
  readonly pausedGroups?: PausedGroups
  /** `link` by default. */
  readonly traceParenting?: TraceParenting
  readonly registry: Registry
  readonly log: Log
}

/** What a consumer has in hand. */
export interface ConsumerLoad {
  /** Events in work, and the most there may be. */
  readonly inFlight: number
  readonly inFlightLimit: number
  /** The partitions that it reads, by topic. */
  readonly partitions: Readonly<Record<string, readonly number[]>>
}

export interface RunningConsumer extends AsyncDisposable {
  /** Rejects when the consumer can't go on; the process should end and be restarted. */
  readonly failed: Promise<never>
  /** For `/readyz`: throws `kafka_unavailable` while a group is not joined. */
  check(): Promise<void>
  /** For `/livez`: why the consumer can't go on, or undefined. */
  alive(): string | undefined
  breakers(): BreakerState[]
  load(): ConsumerLoad
}

/** How long a stop waits for the events in flight; then they are told to give up, and have a second. */
const DRAIN_MS = 7_000

/**
 * How long a fetch of retries waits. One that is due can wait for its end, so that it lasts no longer than the tenth of
 * the delay by which a retry may be late.
 */
const retryWaitMs = (tiers: readonly RetryTier[]): number => {
  const shortestMs = Math.min(...tiers.map(({ delayMs }) => delayMs))
  return Math.min(STEADY_WAIT_MS, Math.max(100, shortestMs / 10))
}

/** Places for fresh events and for retries. */
const slotsFor = (concurrency: number): readonly [Slots, Slots] => {
  const forRetries = Math.ceil(concurrency / 4)
  const [fresh, retries] = createSharedSlots(concurrency, [Math.max(1, concurrency - forRetries), forRetries])
  if (!fresh || !retries) throw new Error('two shares make two sets of places')
  return [fresh, retries]
}

const stopAll = async (readers: readonly GroupReader[], queue: Queue, log: Log): Promise<void> => {
  const results = await Promise.allSettled(readers.map((reader) => reader.stop(DRAIN_MS)))
  for (const result of results)
    if (result.status === 'rejected')
      log.warn(
        { event: 'consumer.stop_failed', queue: queue.name, err: result.reason },
        `stopping: ${messageOf(result.reason)}`,
      )
}

/**
 * Reads a queue and its retry topics, each with its own consumer group, and hands every event to the handler.
 * At least once: an offset is committed only after the event's effects, or the acknowledged copy of it.
 */
export const consume = async <Event>(
  queue: Queue,
  handler: Handler<Event>,
  options: ConsumeOptions<Event>,
): Promise<RunningConsumer> => {
  const { client, registry, log, tiers, probes, traceParenting = 'link', pausedGroups } = options
  const paused = (await pausedGroups?.()) ?? new Set<string>()
  const readers: GroupReader[] = []
  const summary = startSummary(queue, log)
  const metrics = createConsumerMetrics(registry, queue, [queue.group, retryGroup(queue)], tiers)
  const hold = (held: boolean): void => {
    for (const reader of readers) held ? reader.pauseAll('breaker') : reader.resumeAll('breaker')
  }
  const breakers = createBreakers({ probes, log, hold, transition: metrics.breakerTurned })
  createStateMetrics(registry, queue, readers, breakers)
  const budget = createByteBudget(options.maxBytes)
  const handle = delivering({ ...options, queue, handler, breakers, budget, metrics, traceParenting, summary })

  const read = async (group: string, topics: readonly string[], slots: Slots, maxWaitMs: number): Promise<void> => {
    readers.push(
      await openGroupReader({
        client,
        group,
        topics,
        slots,
        maxWaitMs,
        handle: handle(group),
        heldByOperator: paused.has(group),
        onAssigned: () => metrics.rebalanced(group),
        onRestart: (reason) => metrics.restarted(group, reason),
        longestWaitMs: (topic) => tiers.find((tier) => topic === retryTopic(queue, tier))?.delayMs ?? 0,
        onFired: (topic, errorMs) => metrics.fired(topic.slice(topic.lastIndexOf('.') + 1), errorMs),
      }),
    )
  }

  let obeying: AsyncDisposable | undefined
  const stop = async (): Promise<void> => {
    await obeying?.[Symbol.asyncDispose]()
    await stopAll(readers, queue, log)
    breakers.stop()
    summary[Symbol.dispose]()
  }

  const retryTopics = tiers.map((tier) => retryTopic(queue, tier))
  const [fresh, retries] = slotsFor(options.concurrency)
  const opened = await Promise.allSettled([
    read(queue.group, [queue.name], fresh, STEADY_WAIT_MS),
    read(retryGroup(queue), retryTopics, retries, retryWaitMs(tiers)),
  ])
  for (const result of opened) {
    if (result.status === 'fulfilled') continue
    await stop()
    throw result.reason
  }

  obeying = pausedGroups && obeyOperator(readers, pausedGroups, paused, log)
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
    breakers: breakers.states,
    load: () => ({
      inFlight: readers.reduce((sum, { slots }) => sum + slots.taken, 0),
      inFlightLimit: options.concurrency,
      partitions: Object.fromEntries(readers.flatMap((reader) => Object.entries(reader.partitions()))),
    }),
    [Symbol.asyncDispose]: stop,
  }
}
