import type { PipelineError } from '@pokepedia/errors'
import { deadLetterTopic, type Queue, type RetryTier, retryTopic, runIdOf } from '@pokepedia/events'
import { killPoint, type Log } from '@pokepedia/service'
import type { Breakers } from '../breakers/breakers.ts'
import type { EventProducer } from '../producer/producer.ts'
import type { ConsumerMetrics } from '../telemetry/metrics.ts'
import type { Ending, ReadRecord } from '../telemetry/record-log.ts'
import type { DeadLetter } from '../types.ts'
import { type FailureRoute, failureHeaders, routeFailure } from './failure.ts'
import { ABANDONED, type PartitionSignals } from './repeat.ts'
import { untilDone } from './until-done.ts'

export interface DivertOptions<Event> {
  readonly queue: Queue
  readonly tiers: readonly RetryTier[]
  readonly producer: EventProducer
  readonly onDead: (letter: DeadLetter<Event>) => Promise<void>
  readonly breakers: Breakers
  readonly metrics: ConsumerMetrics
  readonly log: Log
}

/** A record whose handling failed for a reason of its own. */
export interface Failed<Event> {
  readonly record: ReadRecord
  /** Undefined when the bytes could not be decoded. */
  readonly event: Event | undefined
  readonly error: PipelineError
}

const topicOf = (queue: Queue, route: FailureRoute): string =>
  route.to === 'retry' ? retryTopic(queue, route.tier) : deadLetterTopic(queue)

const write = async <Event>(
  { record, error }: Failed<Event>,
  { queue, tiers, producer, metrics }: DivertOptions<Event>,
): Promise<FailureRoute> => {
  const now = Date.now()
  const route = routeFailure(error, record.delivery.attempt, tiers, now)
  const headers = failureHeaders(record.delivery, record.timestamp, error, route, now)
  try {
    await producer.send(topicOf(queue, route), [{ key: record.key, value: record.value, headers }])
  } catch (thrown) {
    if (route.to === 'dead') metrics.deadLetterUnwritten()
    throw thrown
  }
  killPoint(route.to === 'retry' ? 'retry_acked' : 'dlq_acked')
  return route
}

/**
 * Puts a failed record aside: an acknowledged copy on the retry topic or the dead-letter topic that its error and
 * attempt say. A dead letter is then told to `onDead`, which never repeats the copy.
 */
export const divert = async <Event>(
  failure: Failed<Event>,
  options: DivertOptions<Event>,
  signals: PartitionSignals,
): Promise<Ending> => {
  const { metrics } = options
  const { record, event, error } = failure
  const { delivery } = record

  const facts = { ...record.facts, failed_with: error.code }
  const route = await untilDone(() => write(failure, options), facts, options, signals)
  if (route === ABANDONED) return { outcome: ABANDONED }
  if (route.to === 'retry') {
    metrics.retried(route.tier.label, error.code)
    return { outcome: 'retried', error, tier: route.tier }
  }
  const letter: DeadLetter<Event> = { event, delivery, runId: runIdOf(delivery.headers), error }
  if ((await untilDone(() => options.onDead(letter), facts, options, signals)) === ABANDONED)
    return { outcome: ABANDONED }
  killPoint('dead_noted')
  metrics.dead(route.reason, error.code)
  return { outcome: 'dead', error, reason: route.reason }
}
