import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RunId, runIdSchema } from '@pokepedia/events'
import { type LedgerOutcome, settle } from '@pokepedia/storage'
import { z } from 'zod'
import {
  eventsOf,
  freshDatabase,
  freshUpstream,
  runIdOf,
  type Seeder,
  startSeeder,
  until,
  untilState,
} from './support.ts'

const { url, store } = await freshDatabase()
const upstream = await freshUpstream()
const seeder = await startSeeder(url, upstream.url)
const queue = 'pokepedia.ingest'

const seeded = async (from: Seeder, body: unknown): Promise<RunId> =>
  runIdSchema.parse(await runIdOf(await from.seed(body)))
const settleAs = (runId: RunId, key: string, outcome: LedgerOutcome) => settle(store, { runId, queue, key, outcome })

test('a run is completed by its last outcome, or completed_with_dead_letters, and is listed newest first', async () => {
  const paths = ['berry/1', 'pokemon/1/encounters']
  const clean = await seeded(seeder, { paths, force: true })
  const dirty = await seeded(seeder, { paths: ['berry/2'] })
  await Promise.all([clean, dirty].map((run) => untilState(seeder, run, 'running')))
  const events = await eventsOf(clean, upstream.url)
  assert.deepEqual(events.map(({ event }) => [event.path, event.url, event.force]).sort(), [
    ['berry/1', `${upstream.url}berry/1/`, true],
    ['pokemon/1/encounters', `${upstream.url}pokemon/1/encounters`, true],
  ])

  await settleAs(clean, 'berry/1', 'stored')
  await settleAs(dirty, 'berry/2', 'dead')
  await untilState(seeder, dirty, 'completed_with_dead_letters')
  await settleAs(clean, 'pokemon/1/encounters', 'gone')
  const { counts, types } = await untilState(seeder, clean, 'completed')
  assert.deepEqual(types, ['berry', 'pokemon'])
  const { requested, stored, gone, in_flight } = counts[queue] ?? {}
  assert.deepEqual({ requested, stored, gone, in_flight }, { requested: 2, stored: 1, gone: 1, in_flight: 0 })

  const list = z.object({ runs: z.array(z.object({ id: z.string(), finishedAt: z.string() })) })
  const { runs } = list.parse(await (await seeder.get('/v1/runs?limit=2')).json())
  assert.deepEqual(
    runs.map(({ id }) => id),
    [dirty, clean],
  )
  const metrics = await until(
    'both runs in the metrics',
    async () => (await seeder.get('/metrics')).text(),
    (text) => /pokepedia_run_duration_seconds_count 2/.test(text),
  )
  assert.match(metrics, /pokepedia_runs_total\{trigger="http",result="completed_with_dead_letters"\} 1/)
})

test('two seeders share the work: each run is requested once', async () => {
  const other = await startSeeder(url, upstream.url)
  const runs = await Promise.all(
    Array.from({ length: 10 }, (_, i) => seeded(i % 2 ? seeder : other, { types: ['berry'] })),
  )
  for (const run of runs) {
    const { counts } = await untilState(seeder, run, 'running')
    const requested = counts[queue]?.['requested'] ?? 0
    assert.equal((await eventsOf(run, upstream.url)).length, requested)
  }
})
