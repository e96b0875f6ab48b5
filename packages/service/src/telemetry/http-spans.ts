import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { RequestHandler } from 'express'

// Nothing is recorded until the process that loads us has registered an OpenTelemetry SDK; see docs/traces.md.
const tracer = trace.getTracerProvider().getTracer('@pokepedia/service', '0.1.0', {
  schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
})

/** Ends a span: with the status Error and our code where there is one. */
const end = (span: Span, attributes: Attributes, errorCode: string | undefined): void => {
  span.setAttributes(errorCode === undefined ? attributes : { ...attributes, 'error.type': errorCode })
  if (errorCode !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

/**
 * A SERVER span around each request that changes something, in the trace that the request names. Reads have none:
 * they are probes, scrapes and pages.
 */
export const serverSpan: RequestHandler = (request, response, next) => {
  const { method } = request
  if (method === 'GET' || method === 'HEAD') return next()
  const parent = propagation.extract(ROOT_CONTEXT, request.headers)
  const attributes = { 'http.request.method': method, 'url.path': request.path, 'url.scheme': request.protocol }
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent)
  response.once('close', () => {
    const { statusCode } = response
    const route = request.route ? `${request.baseUrl}${request.route.path}` : undefined
    if (route !== undefined) span.updateName(`${method} ${route}`)
    const facts = { 'http.response.status_code': statusCode, ...(route === undefined ? {} : { 'http.route': route }) }
    // A refusal is the client's doing; the semantic conventions leave the server's span without an error then.
    end(span, facts, statusCode >= 500 ? String(statusCode) : undefined)
  })
  context.with(trace.setSpan(parent, span), next)
}

/** Begins the CLIENT span of one GET; the returned function ends it, with the code of the error when it failed. */
export const clientSpan = (url: URL, shown: string) => {
  const attributes = {
    'http.request.method': 'GET',
    'url.full': shown,
    'server.address': url.hostname,
    'server.port': Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
  }
  const span = tracer.startSpan('GET', { kind: SpanKind.CLIENT, attributes })
  return (httpStatus: number | undefined, errorCode: string | undefined): void =>
    end(span, httpStatus === undefined ? {} : { 'http.response.status_code': httpStatus }, errorCode)
}

/** `trace_id` and `span_id` of the span that the caller runs in; nothing when none is recorded. */
export const activeTraceIds = (): { trace_id?: string; span_id?: string } => {
  const span = trace.getActiveSpan()
  if (!span?.isRecording()) return {}
  const { traceId, spanId } = span.spanContext()
  return { trace_id: traceId, span_id: spanId }
}
