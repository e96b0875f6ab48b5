import type { PipelineError } from '@pokepedia/errors'
import type { ErrorStage, Headers, Redriven, RunId } from '@pokepedia/events'

/** What became of an event that was handled: the words of the run ledger. */
export type Outcome = 'stored' | 'unchanged' | 'gone' | 'superseded' | 'discarded'

/** What became of a delivery; `abandoned` leaves it to the next owner of the partition. */
export type Settled = Outcome | 'retried' | 'dead' | 'abandoned'

/** Where a record stands in Kafka and how it got there. */
export interface Delivery {
  readonly topic: string
  readonly partition: number
  /** Decimal text: Kafka's offsets are 64 bits wide. */
  readonly offset: string
  /** The record's key as text; null when a person fed it without one. */
  readonly key: string | null
  readonly headers: Headers
  /** From 1. */
  readonly attempt: number
}

export interface HandlerContext {
  readonly delivery: Delivery
  /** Aborted at the handler's deadline and when the partition of the event is given up. */
  readonly signal: AbortSignal
  /** To be told of the bytes that the handler holds, as soon as it knows; they count against CONSUMER_MAX_BYTES. */
  holds(bytes: number): void
  /** Does one step of the handling, whose time is counted under its name (`pokepedia_stage_duration_seconds`). */
  stage<Result>(name: ErrorStage, work: () => Result | Promise<Result>): Promise<Result>
}

/**
 * One event in, one outcome out. Throws classified errors only; knows nothing of offsets, retries or dead letters.
 * Its effects are idempotent, since an event can come again.
 */
export type Handler<Event> = (event: Event, context: HandlerContext) => Promise<Outcome>

/** An event that reached the dead-letter topic; told after the broker has acknowledged the copy. */
export interface DeadLetter<Event> {
  /** Undefined when the bytes could not be decoded. */
  readonly event: Event | undefined
  readonly delivery: Delivery
  readonly runId: RunId | undefined
  readonly error: PipelineError
}

/** What became of an event that a redrive sent. */
export interface RedrivenEnd extends Redriven {
  readonly outcome: Outcome | 'dead'
  /** The error code of what is dead again. */
  readonly code: string | null
}
