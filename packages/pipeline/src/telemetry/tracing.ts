import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { classify, type PipelineError } from '@pokepedia/errors'
import { formatTraceparent, HEADER, type Headers, parseTraceparent, runIdOf, traceparentOf } from '@pokepedia/events'
import type { Delivery, Settled } from '../types.ts'

// Nothing is recorded until the process that loads us has registered an OpenTelemetry SDK; see docs/traces.md.
const tracer = trace.getTracerProvider().getTracer('@pokepedia/pipeline', '0.1.0', {
  schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
})

/** How the span of a delivery stands to the one that sent its record: in a trace of its own with a link, or below it. */
export type TraceParenting = 'link' | 'parent'

/** The place a traceparent names, as something spans can stand below. */
const contextOf = (traceparent: string | null): Context => {
  const position = parseTraceparent(traceparent ?? undefined)
  if (!position) return ROOT_CONTEXT
  const { traceId, spanId, flags } = position
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags, isRemote: true })
}

const traceparentIn = (span: Span | undefined): string | null => {
  const at = span?.spanContext()
  if (!at || !isSpanContextValid(at)) return null
  return formatTraceparent({ traceId: at.traceId, spanId: at.spanId, flags: at.traceFlags })
}

const fail = (span: Span, code: string): void => {
  span.setAttribute('error.type', code)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

/** The traceparent of the span that the caller runs in; null without an SDK. */
export const activeTraceparent = (): string | null => traceparentIn(trace.getActiveSpan())

/** A record on its way to a topic. */
export interface SendSpan {
  /** The record's creation context. Without an SDK it is that of what asked for the record, passed on. */
  readonly traceparent: string | null
  /** With the code of the error when the broker does not have the record. */
  end(errorCode?: string): void
}

/**
 * Begins the PRODUCER spans of records, below the span that the caller runs in or else below `traceparent`. One for
 * each record: a context that a whole batch shares would make one trace of all that comes of it (ethpandaops/xatu#844).
 */
export const sendSpansOf = (topic: string, traceparent: string | null) => {
  const parent = activeTraceparent() === null ? contextOf(traceparent) : context.active()
  const passedOn = { context: trace.getSpanContext(parent), traceparent: traceparentIn(trace.getSpan(parent)) }
  return (key: string, runId: string | null): SendSpan => {
    const attributes = {
      'messaging.system': 'kafka',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.destination.name': topic,
      'messaging.kafka.message.key': key,
      ...(runId === null ? {} : { 'pokepedia.run.id': runId }),
    }
    const span = tracer.startSpan(`send ${topic}`, { kind: SpanKind.PRODUCER, attributes }, parent)
    return {
      // Without an SDK all records of a document have the same, which is not to be made thirty times.
      traceparent: span.spanContext() === passedOn.context ? passedOn.traceparent : traceparentIn(span),
      end(errorCode) {
        if (errorCode !== undefined) fail(span, errorCode)
        span.end()
      },
    }
  }
}

/** Where a span stands, as logs name it: 32 and 16 hex digits. */
export interface SpanIds {
  readonly traceId: string
  readonly spanId: string
}

/** How a delivery ended, as far as its span tells. */
export interface Ended {
  readonly outcome: Settled
  readonly error?: PipelineError | undefined
}

/** A delivery in work. */
export interface ProcessSpan {
  /** Undefined when nothing is recorded. */
  readonly ids: SpanIds | undefined
  /** The delivery's headers; a record that came without a trace begins one here when an SDK is loaded. */
  readonly headers: Headers
  /** Runs the work within the span and ends the span with it: status Error for what was retried, is dead or threw. */
  run<End extends Ended>(work: () => Promise<End>): Promise<End>
}

const factsOf = ({ topic, partition, offset, key, headers, attempt }: Delivery, group: string): Attributes => {
  const runId = runIdOf(headers)
  const redriveId = headers[HEADER.redriveId]
  return {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': Number(offset),
    'messaging.consumer.group.name': group,
    'pokepedia.attempt': attempt,
    ...(key === null ? {} : { 'messaging.kafka.message.key': key }),
    ...(runId === undefined ? {} : { 'pokepedia.run.id': runId }),
    ...(redriveId === undefined ? {} : { 'pokepedia.redrive.id': redriveId }),
  }
}

/** Begins the CONSUMER span of one delivery. Every attempt has its own, and all refer to the first creation context. */
export const startProcess = (delivery: Delivery, group: string, parenting: TraceParenting): ProcessSpan => {
  const { headers, topic } = delivery
  const created = contextOf(traceparentOf(headers))
  const creation = trace.getSpanContext(created)
  const parent = parenting === 'parent' ? created : ROOT_CONTEXT
  const links = parenting === 'link' && creation ? [{ context: creation }] : []
  const attributes = factsOf(delivery, group)
  const span = tracer.startSpan(`process ${topic}`, { kind: SpanKind.CONSUMER, attributes, links }, parent)
  const own = creation ? null : traceparentIn(span)
  return {
    ids: span.isRecording() ? span.spanContext() : undefined,
    headers: own === null ? headers : { ...headers, [HEADER.traceparent]: own },
    async run(work) {
      try {
        const ended = await context.with(trace.setSpan(parent, span), work)
        span.setAttribute('pokepedia.outcome', ended.outcome)
        if (ended.error) fail(span, ended.error.code)
        return ended
      } catch (error) {
        fail(span, classify(error).code)
        throw error
      } finally {
        span.end()
      }
    },
  }
}
