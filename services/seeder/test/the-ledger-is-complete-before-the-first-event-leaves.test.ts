import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '@pokepedia/errors'
import type { ResourceRequested } from '@pokepedia/events'
import { resourceSettingsOf } from '@pokepedia/service'
import { openUpstream } from '@pokepedia/service/upstream'
import { createRun, getRun } from '@pokepedia/storage'
import { advanceRun } from '../src/advance-run.ts'
import { discover } from '../src/discover.ts'
import { upstreamSource } from '../src/upstream-source.ts'
import { countOf, eventsOf, freshDatabase, freshUpstream, log, openEmitter } from './support.ts'

const { store } = await freshDatabase()
const sample = await freshUpstream(700)
const upstream = openUpstream(
  {
    allowedHosts: [new URL(sample.url).host],
    connectTimeoutMs: 5_000,
    headersTimeoutMs: 5_000,
    bodyTimeoutMs: 5_000,
    connectionsPerHost: 4,
    userAgent: 'test',
  },
  log,
)
const source = upstreamSource(upstream, { apiRoot: sample.url, maxBytes: 10_000_000 })
const emit = await openEmitter()
const { signal } = new AbortController()
const resources = resourceSettingsOf({})

const LEDGER = 'pokepedia_run_ledger where run_id = $1'
const newRun = async () => (await createRun(store, { trigger: 'http', request: {}, requestHash: 'x' })).run.id

test('every resource is in the ledger before the first event, and has one event with its path as key', async () => {
  const run = await newRun()
  const entered: number[] = []
  const watched = async (events: readonly ResourceRequested[], traceparent: string | null): Promise<void> => {
    entered.push(await countOf(store, LEDGER, [run]))
    await emit(events, traceparent)
  }
  assert.equal(await advanceRun({ store, source, emit: watched, resources, log }, run, signal), 'advanced')

  const paths = (await discover({}, { source, log, signal })).map(({ path }) => path)
  assert.ok(paths.length > 1_400, `${paths.length} resources are more than one chunk`)
  assert.ok(entered.length > 1)
  assert.deepEqual([...new Set(entered)], [paths.length])
  assert.equal((await getRun(store, run))?.state, 'running')

  const events = await eventsOf(run, sample.url)
  assert.deepEqual(events.map(({ key }) => key).sort(), [...paths].sort())
  for (const { key, event } of events) {
    assert.equal(event.path, key)
    assert.ok(event.url.startsWith(`${sample.url}${event.resourceType}/`))
    assert.match(
      event.discoveredFrom ?? '',
      new RegExp(`^${sample.url}${event.resourceType}/\\?limit=1000&offset=\\d+$`),
    )
  }
})

test('a seeder that dies between two events leaves nothing out: the next one asks for all that is in flight', async () => {
  const run = await newRun()
  let chunks = 0
  const dying = async (events: readonly ResourceRequested[], traceparent: string | null): Promise<void> => {
    chunks += 1
    if (chunks > 1) throw errors('kafka_unavailable', 'the seeder died here')
    await emit(events, traceparent)
  }
  await assert.rejects(advanceRun({ store, source, emit: dying, resources, log }, run, signal), {
    code: 'kafka_unavailable',
  })
  assert.equal((await getRun(store, run))?.state, 'discovering')
  const entered = await countOf(store, LEDGER, [run])

  await advanceRun({ store, source, emit, resources, log }, run, signal)
  assert.equal(await countOf(store, LEDGER, [run]), entered, 'nothing is entered twice')
  const keys = new Set((await eventsOf(run, sample.url)).map(({ key }) => key))
  assert.equal(keys.size, entered)
})
