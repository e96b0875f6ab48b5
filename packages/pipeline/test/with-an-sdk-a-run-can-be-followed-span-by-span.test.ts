import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { newTraceparent, parseRetryTiers, parseTraceparent, runIdSchema } from '@pokepedia/events'
import { startCopier } from './copier.ts'
import { contentsOf, deadLetters, retries, until } from './support.ts'

const exporter = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
provider.register()
after(() => provider.shutdown())

const tiers = parseRetryTiers('200ms')
const runId = runIdSchema.parse('0197a0b0-0000-7000-8000-000000000001')

/** The spans of a kind that concern a key, in the order of their end. */
const spansOf = (kind: SpanKind, key?: string): ReadableSpan[] =>
  exporter
    .getFinishedSpans()
    .filter((span) => span.kind === kind && (!key || span.attributes['messaging.kafka.message.key'] === key))
const one = (kind: SpanKind, key: string, name: string): ReadableSpan => {
  const found = spansOf(kind, key).filter((span) => span.name === name)
  return found.length === 1 && found[0] ? found[0] : assert.fail(`${found.length} spans ${name} of ${key}`)
}
const ended = (count: number): Promise<void> =>
  until(
    `${count} deliveries`,
    () => exporter.getFinishedSpans().map(({ name, attributes }) => [name, attributes]),
    () => spansOf(SpanKind.CONSUMER).length >= count,
  )
const linkOf = ({ links }: ReadableSpan) => links.map(({ context }) => context.spanId)

test('one seed → page → file: a span for each step, each with a link to what caused it', async () => {
  exporter.reset()
  const seed = newTraceparent()
  const { traceId, spanId } = parseTraceparent(seed) ?? assert.fail()
  await using copier = await startCopier(tiers)
  const { pages, files } = copier
  await copier.seed(['one', 'other'], runId, seed)
  await ended(4)

  const sentPage = one(SpanKind.PRODUCER, 'one', `send ${pages.name}`)
  assert.equal(sentPage.spanContext().traceId, traceId, 'in the trace of the seed')
  assert.equal(sentPage.parentSpanContext?.spanId, spanId)
  assert.deepEqual(sentPage.attributes, {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': pages.name,
    'messaging.kafka.message.key': 'one',
    'pokepedia.run.id': runId,
  })
  const other = one(SpanKind.PRODUCER, 'other', `send ${pages.name}`)
  assert.notEqual(other.spanContext().spanId, sentPage.spanContext().spanId, 'a creation context for each record')

  const page = one(SpanKind.CONSUMER, 'one', `process ${pages.name}`)
  assert.notEqual(page.spanContext().traceId, traceId, 'a trace of its own')
  assert.equal(page.parentSpanContext, undefined)
  assert.deepEqual(linkOf(page), [sentPage.spanContext().spanId])
  const {
    'messaging.destination.partition.id': partition,
    'messaging.kafka.offset': offset,
    ...facts
  } = page.attributes
  assert.match(String(partition), /^[01]$/)
  assert.equal(typeof partition, 'string')
  assert.equal(typeof offset, 'number')
  assert.deepEqual(facts, {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': pages.name,
    'messaging.kafka.message.key': 'one',
    'messaging.consumer.group.name': pages.group,
    'pokepedia.run.id': runId,
    'pokepedia.attempt': 1,
    'pokepedia.outcome': 'stored',
  })
  assert.equal(page.status.code, SpanStatusCode.UNSET)

  const isBelow = (span: ReadableSpan): boolean => span.parentSpanContext?.spanId === page.spanContext().spanId
  const get = spansOf(SpanKind.CLIENT).filter(isBelow)
  assert.deepEqual(
    get.map(({ name, attributes }) => ({ name, ...attributes })),
    [
      {
        name: 'GET',
        'http.request.method': 'GET',
        'url.full': `${copier.upstream.href}one`,
        'server.address': '127.0.0.1',
        'server.port': Number(copier.upstream.port),
        'http.response.status_code': 200,
      },
    ],
  )
  const sentFile = one(SpanKind.PRODUCER, 'one', `send ${files.name}`)
  assert.ok(isBelow(sentFile))
  const file = one(SpanKind.CONSUMER, 'one', `process ${files.name}`)
  assert.deepEqual(linkOf(file), [sentFile.spanContext().spanId])

  const [record] = (await contentsOf(files.name)).filter(({ key }) => key === 'one')
  assert.equal(parseTraceparent(record?.headers['traceparent'])?.spanId, sentFile.spanContext().spanId)
})

test('every attempt is a span with the status Error and our code, linked to the first creation context', async () => {
  exporter.reset()
  await using copier = await startCopier(tiers)
  const { pages, files } = copier
  await copier.seed(['flaky', 'broken', 'missing'], runId, newTraceparent())
  await ended(6)

  const created = one(SpanKind.PRODUCER, 'flaky', `send ${files.name}`).spanContext().spanId
  const [first, second] = spansOf(SpanKind.CONSUMER, 'flaky').filter(({ name }) =>
    name.startsWith(`process ${files.name}`),
  )
  assert.equal(first?.status.code, SpanStatusCode.ERROR)
  assert.equal(first?.attributes['error.type'], 'http_429')
  assert.equal(first?.attributes['pokepedia.outcome'], 'retried')
  assert.equal(second?.name, `process ${files.name}.retry.200ms`)
  assert.equal(second?.attributes['messaging.consumer.group.name'], `${files.group}.retry`)
  assert.equal(second?.attributes['pokepedia.attempt'], 2)
  assert.equal(second?.attributes['pokepedia.outcome'], 'stored')
  assert.equal(second?.status.code, SpanStatusCode.UNSET)
  assert.deepEqual(
    [first, second].map((span) => span && linkOf(span)),
    [[created], [created]],
  )
  const [copy] = await retries(files, tiers)
  assert.equal(parseTraceparent(copy?.headers['traceparent'])?.spanId, created, 'the copy keeps the first traceparent')

  const dead = one(SpanKind.CONSUMER, 'broken', `process ${files.name}`)
  assert.deepEqual([dead.status.code, dead.attributes['error.type']], [SpanStatusCode.ERROR, 'image_invalid'])
  assert.equal(dead.attributes['pokepedia.outcome'], 'dead')
  const [letter] = await deadLetters(files)
  const sent = one(SpanKind.PRODUCER, 'broken', `send ${files.name}`)
  assert.equal(parseTraceparent(letter?.headers['traceparent'])?.spanId, sent.spanContext().spanId)

  const gone = one(SpanKind.CONSUMER, 'missing', `process ${pages.name}`)
  assert.deepEqual([gone.status.code, gone.attributes['pokepedia.outcome']], [SpanStatusCode.UNSET, 'gone'])
})

test('with TRACE_PARENTING=parent a small run is one trace from the seed to the file', async () => {
  exporter.reset()
  const seed = newTraceparent()
  await using copier = await startCopier(tiers, { traceParenting: 'parent' })
  await copier.seed(['one', 'flaky'], runId, seed)
  await ended(5)
  const spans = exporter.getFinishedSpans()
  assert.deepEqual([...new Set(spans.map((span) => span.spanContext().traceId))], [parseTraceparent(seed)?.traceId])
  const page = one(SpanKind.CONSUMER, 'one', `process ${copier.pages.name}`)
  const sent = one(SpanKind.PRODUCER, 'one', `send ${copier.pages.name}`)
  assert.equal(page.parentSpanContext?.spanId, sent.spanContext().spanId)
  assert.deepEqual(page.links, [])
})

test('a record that a person feeds begins a trace, which what it asks for goes on with', async () => {
  exporter.reset()
  await using copier = await startCopier(tiers)
  await copier.feedByHand('one')
  await ended(2)
  const [page] = spansOf(SpanKind.CONSUMER).filter(({ name }) => name === `process ${copier.pages.name}`)
  assert.deepEqual(page?.links, [])
  const [delivery] = copier.deliveries
  assert.equal(parseTraceparent(delivery?.headers['traceparent'])?.traceId, page?.spanContext().traceId)
})
