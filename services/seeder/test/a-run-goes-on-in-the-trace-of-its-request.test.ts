import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newTraceparent, parseTraceparent } from '@pokepedia/events'
import { eventsOf, freshDatabase, freshUpstream, runIdOf, runOf, startSeeder, untilState } from './support.ts'

const [database, upstream] = await Promise.all([freshDatabase(), freshUpstream(2)])
const seeder = await startSeeder(database.url, upstream.url)
const body = { paths: ['pokemon/1', 'pokemon/2'] }

const seeded = async (headers: Record<string, string>) => {
  const id = await runIdOf(await seeder.seed(body, headers))
  await untilState(seeder, id, 'running')
  const { traceparent } = await runOf(seeder, id)
  return { traceparent, events: await eventsOf(id, upstream.url) }
}

test('the request’s traceparent is shown by the run and carried by each of its events', async () => {
  const given = newTraceparent()
  const { traceparent, events } = await seeded({ traceparent: given })
  assert.equal(traceparent, given)
  assert.deepEqual(
    events.map((event) => event.traceparent),
    [given, given],
  )
})

test('without one, or with one that is malformed, the run begins a trace of its own', async () => {
  const malformed = `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`
  const seen = new Set<string>()
  for (const headers of [{}, { traceparent: malformed }, { traceparent: 'banana' }]) {
    const { traceparent, events } = await seeded(headers)
    assert.equal(parseTraceparent(traceparent)?.flags, 1, traceparent)
    assert.deepEqual([...new Set(events.map((event) => event.traceparent))], [traceparent])
    seen.add(traceparent)
  }
  assert.equal(seen.size, 3)
})

test('a repeated request is told the trace of the run it made', async () => {
  const key = { 'idempotency-key': 'traced' }
  const first = await seeded({ ...key, traceparent: newTraceparent() })
  const again = await seeded({ ...key, traceparent: newTraceparent() })
  assert.equal(again.traceparent, first.traceparent)
})
