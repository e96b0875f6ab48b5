import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, test } from 'node:test'
import { newTraceparent, parseRetryTiers, runIdSchema } from '@pokepedia/events'
import { sendSpansOf, startProcess } from '../src/telemetry/tracing.ts'
import { startCopier } from './copier.ts'
import { contentsOf, deadLetters, retries, until } from './support.ts'

const tiers = parseRetryTiers('200ms')
const runId = runIdSchema.parse('0197a0b0-0000-7000-8000-000000000001')

// A collector that nobody may call: its address alone must switch nothing on.
let calls = 0
const collector = createServer((_request, response) => {
  calls += 1
  response.end()
}).listen(0, '127.0.0.1')
await once(collector, 'listening')
after(() => void collector.close())
const address = collector.address()
process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`

test('each record of a run, its retries and its dead letters carry the traceparent of the seed', async () => {
  const seed = newTraceparent()
  const copier = await startCopier(tiers)
  await copier.seed(['one', 'flaky', 'broken'], runId, seed)
  await until(
    '4 deliveries of files',
    () => copier.deliveries,
    () => copier.deliveries.length >= 4,
  )
  const { pages, files } = copier
  // What is in work is finished, so that every copy stands in its topic.
  await copier[Symbol.asyncDispose]()
  const records = [...(await contentsOf(pages.name)), ...(await contentsOf(files.name))]
  const copies = [...(await retries(files, tiers)), ...(await deadLetters(files))]
  assert.deepEqual([records.length, copies.length], [6, 2])
  for (const { headers } of [...records, ...copies]) assert.equal(headers['traceparent'], seed)
  assert.equal(calls, 0)
})

test('a record that a person feeds has none, and neither has what it asks for', async () => {
  await using copier = await startCopier(tiers)
  await copier.feedByHand('one')
  await until(
    'the file',
    () => copier.deliveries,
    () => copier.deliveries.length >= 1,
  )
  assert.equal(copier.deliveries[0]?.headers['traceparent'], undefined)
  assert.equal(calls, 0)
})

test('no span records, in either way of parenting', async () => {
  const headers = { traceparent: newTraceparent() }
  const delivery = { topic: 't', partition: 0, offset: '1', key: 'k', headers, attempt: 1 }
  for (const parenting of ['link', 'parent'] as const) {
    const span = startProcess(delivery, 'g', parenting)
    assert.equal(span.ids, undefined)
    assert.equal(span.headers, headers)
    assert.deepEqual(await span.run(async () => ({ outcome: 'stored' as const })), { outcome: 'stored' })
  }
  assert.equal(sendSpansOf('t', null)('k', null).traceparent, null)
})
