import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { countOf, freshDatabase, freshUpstream, runIdOf, runOf, startSeeder, until, untilState } from './support.ts'

const { url, store } = await freshDatabase()
const upstream = await freshUpstream()
const seeder = await startSeeder(url, upstream.url)

test('while the lists answer 503 the run waits, named types are 503, and the run goes on when they are back', async () => {
  upstream.faults.push({ match: '^/api/v2/', kind: 'status', status: 503 })
  const run = await runIdOf(await seeder.seed({}))
  const refused = await seeder.seed({ types: ['berry'] })
  const { code } = z.object({ code: z.string() }).parse(await refused.json())
  assert.deepEqual([refused.status, code], [503, 'upstream_unavailable'])
  assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
  await until(
    'a warning',
    () => seeder.output(),
    (output) => output.includes('"event":"run.waiting"'),
  )
  assert.equal((await runOf(seeder, run)).state, 'discovering')

  upstream.faults.length = 0
  await untilState(seeder, run, 'running')
  assert.equal(seeder.output().match(/"run.waiting"/g)?.length, 1, 'one line for one outage')
})

test('a refusal fails the run with the reason, and nothing of it stays in the ledger', async () => {
  upstream.faults.push({ match: '^/api/v2/item/', kind: 'status', status: 403 })
  const run = await runIdOf(await seeder.seed({}))
  const { failure } = await untilState(seeder, run, 'failed')
  assert.match(failure ?? '', /item.*403/)
  assert.equal(await countOf(store, 'pokepedia_run_ledger where run_id = $1', [run]), 0)
  upstream.faults.length = 0
})
