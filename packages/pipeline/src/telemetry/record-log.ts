import { errorMessage, type PipelineError } from '@pokepedia/errors'
import { type DeadReason, HEADER, parseTraceparent, type RetryTier, runIdOf } from '@pokepedia/events'
import { type Log, secondsOf } from '@pokepedia/service'
import type { SourceRecord } from '../client/source-record.ts'
import { stageOf } from '../handling/failure.ts'
import type { Delivery, Outcome } from '../types.ts'
import type { SpanIds } from './tracing.ts'

/** How the handling of a delivery ended. */
export type Ending =
  | { readonly outcome: Outcome | 'abandoned'; readonly error?: undefined }
  | { readonly outcome: 'retried'; readonly error: PipelineError; readonly tier: RetryTier }
  | { readonly outcome: 'dead'; readonly error: PipelineError; readonly reason: DeadReason }

/** Who read the delivery, and within which span; without a recorded one the trace is that which the record came with. */
export interface ReadBy {
  readonly queue: string
  readonly group: string
  readonly span: SpanIds | undefined
}

/** What every line about one delivery says of it; docs/logs.md has the names. */
export const factsOf = ({ headers, ...delivery }: Delivery, { queue, group, span }: ReadBy) => ({
  run_id: runIdOf(headers),
  queue,
  group,
  ...delivery,
  redrive_id: headers[HEADER.redriveId],
  trace_id: span?.traceId ?? parseTraceparent(headers[HEADER.traceparent])?.traceId,
  span_id: span?.spanId,
})

/** A record in work, with what log lines say of it. */
export interface ReadRecord extends SourceRecord {
  readonly facts: ReturnType<typeof factsOf>
}

/** What a line says of a failure. */
export const failureFacts = (error: PipelineError) => ({
  code: error.code,
  class: error.class,
  stage: stageOf(error.code),
  http_status: error.httpStatus,
  err: error,
})

/** Logs the one line of a delivery that ended: what it was, what became of it, why, and how long it took. */
export const logEnding = (log: Log, about: ReadRecord['facts'], ending: Ending, durationMs: number): void => {
  const { outcome } = ending
  const facts = { ...about, outcome, duration_s: secondsOf(durationMs) }
  if (ending.outcome === 'retried') {
    const { error, tier } = ending
    const more = { event: 'record.retried', tier: tier.label, ...failureFacts(error) }
    log.warn({ ...facts, ...more }, `retry in ${tier.label}: ${errorMessage(error.message)}`)
  } else if (ending.outcome === 'dead') {
    const { error, reason } = ending
    const more = { event: 'record.dead', reason, hint: error.hint, ...failureFacts(error) }
    log.error({ ...facts, ...more }, `dead letter: ${errorMessage(error.message)}`)
  } else if (outcome === 'abandoned') {
    log.debug({ ...facts, event: 'record.abandoned' }, 'left to the next owner of the partition')
  } else {
    log.debug({ ...facts, event: 'record.processed' }, outcome)
  }
}
