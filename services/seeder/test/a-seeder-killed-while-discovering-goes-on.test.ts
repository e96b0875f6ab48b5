import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventsOf, freshDatabase, freshUpstream, runIdOf, runOf, startSeeder, until, untilState } from './support.ts'

test('a run whose seeder was killed while it read the lists is taken up by the next one', async () => {
  const { url } = await freshDatabase()
  const upstream = await freshUpstream()
  const killed = await startSeeder(url, upstream.url)
  upstream.faults.push({ match: '/api/v2/pokemon-form/', kind: 'hang' })
  const run = await runIdOf(await killed.seed({}))
  await until(
    'the hanging list',
    async () => (await fetch(new URL('/__requests', upstream.url))).text(),
    (report) => report.includes('"hang":'),
  )
  assert.equal((await runOf(killed, run)).state, 'discovering')
  await killed.end('SIGKILL')

  upstream.faults.length = 0
  const next = await startSeeder(url, upstream.url)
  const counts = (await untilState(next, run, 'running')).counts['pokepedia.ingest']
  const requested = counts?.['requested'] ?? 0
  assert.ok(requested > 24, JSON.stringify(counts))
  const events = await eventsOf(run, upstream.url)
  assert.equal(events.length, requested)
  assert.equal(await next.end('SIGTERM'), 0, next.output())
})
