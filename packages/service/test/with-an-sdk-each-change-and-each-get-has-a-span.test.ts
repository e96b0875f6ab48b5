import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { Router } from 'express'
import { createApp } from '../src/http/http.ts'
import { createRegistry, serve } from '../src/index.ts'
import { clientOf, httpStub, log, run } from './support.ts'

const exporter = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
provider.register()
after(() => provider.shutdown())

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const token = 'a-token-of-20-letters'
const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }

const spans = () =>
  exporter.getFinishedSpans().map(({ name, kind, attributes, status, parentSpanContext }) => ({
    name,
    kind,
    attributes,
    status: status.code,
    parent: parentSpanContext && `${parentSpanContext.traceId}/${parentSpanContext.spanId}`,
  }))

test('a request that changes something is a SERVER span in the trace it names, a read is none', async () => {
  exporter.reset()
  let within: string | undefined
  const routes = Router()
    .post('/v1/seed', (request, response) => {
      within = request.body && trace.getActiveSpan()?.spanContext().traceId
      response.status(202).json({})
    })
    .get('/v1/runs', (_request, response) => void response.json({}))
    .post('/v1/fails', () => {
      throw new Error('a defect')
    })
  const app = createApp({
    log,
    checks: [],
    registry: createRegistry('test', { version: '1', revision: 'none' }),
    routes,
    token,
  })
  await using server = await serve(app, { host: '127.0.0.1', port: 0 })
  const post = (path: string, more: Record<string, string> = {}) =>
    fetch(`${server.url}${path}`, { method: 'POST', headers: { ...headers, ...more }, body: '{"types":["berry"]}' })
  await post('/v1/seed', { traceparent: `00-${TRACE}-${SPAN}-01` })
  await fetch(`${server.url}/v1/runs`)
  await post('/v1/nowhere', { authorization: '' })
  await post('/v1/fails')
  while (exporter.getFinishedSpans().length < 3) await new Promise((resolve) => setImmediate(resolve))

  const about = (path: string) => ({ 'http.request.method': 'POST', 'url.path': path, 'url.scheme': 'http' })
  assert.deepEqual(spans(), [
    {
      name: 'POST /v1/seed',
      kind: SpanKind.SERVER,
      attributes: { ...about('/v1/seed'), 'http.response.status_code': 202, 'http.route': '/v1/seed' },
      status: SpanStatusCode.UNSET,
      parent: `${TRACE}/${SPAN}`,
    },
    {
      name: 'POST',
      kind: SpanKind.SERVER,
      attributes: { ...about('/v1/nowhere'), 'http.response.status_code': 401 },
      status: SpanStatusCode.UNSET,
      parent: undefined,
    },
    {
      name: 'POST /v1/fails',
      kind: SpanKind.SERVER,
      attributes: {
        ...about('/v1/fails'),
        'http.response.status_code': 500,
        'http.route': '/v1/fails',
        'error.type': '500',
      },
      status: SpanStatusCode.ERROR,
      parent: undefined,
    },
  ])
  assert.equal(within, TRACE, 'the route runs within the span, after its body was read')
})

test('a GET of the upstream is a CLIENT span; one that fails has our code, one that finds nothing has none', async () => {
  exporter.reset()
  await using stub = await httpStub((request, response) => {
    const status = Number(request.url?.slice(1))
    if (status === 0) return void response.destroy()
    response.writeHead(status).end('x')
  })
  await using upstream = clientOf([stub])
  for (const status of [200, 404, 503, 0])
    await upstream.get(`${stub.origin}/${status}`, { maxBytes: 10 }).catch(() => undefined)
  const about = (status: number) => ({
    'http.request.method': 'GET',
    'url.full': `${stub.origin}/${status}`,
    'server.address': '127.0.0.1',
    'server.port': stub.port,
  })
  const ok = { name: 'GET', kind: SpanKind.CLIENT, status: SpanStatusCode.UNSET, parent: undefined }
  const failed = { ...ok, status: SpanStatusCode.ERROR }
  assert.deepEqual(spans(), [
    { ...ok, attributes: { ...about(200), 'http.response.status_code': 200 } },
    { ...ok, attributes: { ...about(404), 'http.response.status_code': 404 } },
    { ...failed, attributes: { ...about(503), 'http.response.status_code': 503, 'error.type': 'http_503' } },
    { ...failed, attributes: { ...about(0), 'error.type': 'reset' } },
  ])
})

test('a log line within a span names it, and spans that are held back leave before the process ends', async () => {
  const sdk = import.meta.resolve('@opentelemetry/sdk-trace-node')
  const api = import.meta.resolve('@opentelemetry/api')
  const { code, stdout } = await run(`
    const { BatchSpanProcessor, NodeTracerProvider } = (await import(${JSON.stringify(sdk)})).default
    const { trace } = (await import(${JSON.stringify(api)})).default
    const exporter = {
      export: (spans, done) => {
        for (const span of spans) process.stdout.write(JSON.stringify({ exported: span.spanContext() }) + '\\n')
        done({ code: 0 })
      },
      shutdown: async () => undefined,
    }
    new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }).register()
    const log = service.createLog('demo', 'info')
    service.runMain('demo', async () => {
      trace.getTracer('demo').startActiveSpan('work', (span) => {
        log.info({ event: 'a.b' }, 'within')
        span.end()
      })
      log.info({ event: 'a.b' }, 'without')
    })`)
  assert.equal(code, 0)
  const [within, without, batch] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.match(within.trace_id, /^[0-9a-f]{32}$/)
  assert.equal(without.trace_id, undefined)
  assert.deepEqual([batch.exported.traceId, batch.exported.spanId], [within.trace_id, within.span_id])
})
