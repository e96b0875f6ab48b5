import { classify, errors, type PipelineError } from '@pokepedia/errors'
import { type Decode, deadLetterTopic, type Queue, type RetryTier, retryTopic, runIdOf } from '@pokepedia/events'
import type { Log } from '@pokepedia/service'
import { failureHeaders, routeFailure } from './failure.ts'
import type { Gate } from './gate.ts'
import type { ConsumerMetrics } from './metrics.ts'
import type { EventProducer } from './producer.ts'
import type { DeadLetter, Delivery, Handler, Outcome, Settled } from './types.ts'

/** A record as the broker has it; its bytes are never re-encoded. */
export interface SourceRecord {
  readonly delivery: Delivery
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** Epoch milliseconds as decimal text. */
  readonly timestamp: string
}

export interface ProcessOptions<Event> {
  readonly queue: Queue
  readonly decode: Decode<Event>
  readonly handler: Handler<Event>
  /** Notes a dead letter in the run ledger. */
  readonly onDead: (letter: DeadLetter<Event>) => Promise<void>
  readonly tiers: readonly RetryTier[]
  /** Milliseconds a handler may take before its event moves to a retry tier. */
  readonly deadlineMs: number
  readonly producer: EventProducer
  readonly gate: Gate
  readonly metrics: ConsumerMetrics
  readonly log: Log
}

/** How a consumer stops: first it takes nothing more and leaves waits, later it tells handlers to give up. */
export interface StopSignals {
  readonly stopping: AbortSignal
  readonly givingUp: AbortSignal
}

/** The event is left to the next owner of its partition. */
const ABANDONED = 'abandoned'

const withDeadline = async <Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  deadlineMs: number,
  givingUp: AbortSignal,
): Promise<Result> => {
  const deadline = new AbortController()
  const signal = AbortSignal.any([deadline.signal, givingUp])
  const late = errors('deadline', `handling took over ${deadlineMs} ms`)
  let timer: NodeJS.Timeout | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      deadline.abort(late)
      reject(late)
    }, deadlineMs)
  })
  try {
    // A handler that ignores its signal is left behind; its effects are idempotent.
    return await Promise.race([work(signal), expired])
  } finally {
    clearTimeout(timer)
  }
}

/** Handles one record to its end: an outcome, an acknowledged copy on a retry or dead-letter topic, or fatal (thrown). */
export const processRecord = async <Event>(
  record: SourceRecord,
  options: ProcessOptions<Event>,
  { stopping, givingUp }: StopSignals,
): Promise<Settled> => {
  const { queue, producer, gate, log } = options
  const { delivery } = record
  const about = {
    queue: queue.name,
    topic: delivery.topic,
    partition: delivery.partition,
    offset: delivery.offset,
    key: delivery.key,
    attempt: delivery.attempt,
    runId: runIdOf(delivery.headers),
  }
  let event: Event | undefined

  const handle = async (): Promise<Outcome> => {
    event ??= await options.decode(record.value)
    const decoded = event
    return withDeadline((signal) => options.handler(decoded, { delivery, signal }), options.deadlineMs, givingUp)
  }

  const divert = async (error: PipelineError): Promise<'retried' | 'dead'> => {
    const now = Date.now()
    const route = routeFailure(error, delivery.attempt, options.tiers, now)
    const headers = failureHeaders(delivery, record.timestamp, error, route, now)
    const copy = { key: record.key, value: record.value, headers }
    const facts = { ...about, code: error.code, class: error.class, err: error }
    if (route.to === 'retry') {
      await producer.send(retryTopic(queue, route.tier), [copy])
      options.metrics.retried(route.tier.label, error.code)
      log.warn(
        { ...facts, event: 'record.retried', tier: route.tier.label },
        `retry in ${route.tier.label}: ${error.message}`,
      )
      return 'retried'
    }
    await producer.send(deadLetterTopic(queue), [copy])
    await options.onDead({ event, delivery, runId: runIdOf(delivery.headers), error })
    options.metrics.dead(route.reason, error.code)
    log.error(
      { ...facts, event: 'record.dead', reason: route.reason, hint: error.hint },
      `dead letter: ${error.message}`,
    )
    return 'dead'
  }

  // Repeats a step while a dependency is down; costs no attempt.
  const throughOutages = async <Result>(
    step: () => Promise<Result>,
  ): Promise<Result | PipelineError | typeof ABANDONED> => {
    for (;;) {
      try {
        const result = await step()
        gate.passed()
        return result
      } catch (thrown) {
        if (givingUp.aborted) return ABANDONED
        const error = classify(thrown)
        if (error.class === 'fatal') throw error
        options.metrics.failed(error.code)
        if (error.class !== 'pause') {
          gate.passed()
          return error
        }
        await gate.wait(error, stopping)
        if (stopping.aborted) return ABANDONED
      }
    }
  }

  const outcome = await throughOutages(handle)
  if (typeof outcome === 'string') {
    log.debug({ ...about, event: 'record.processed', outcome }, outcome)
    return outcome
  }
  const diverted = await throughOutages(() => divert(outcome))
  if (typeof diverted === 'string') return diverted
  throw diverted
}
