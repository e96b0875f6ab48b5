import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { repeat } from '@pokepedia/service'
import { putSchedules } from '@pokepedia/storage'
import { z } from 'zod'
import { freshDatabase, freshUpstream, log, startSeeder, until } from './support.ts'

const { url, store } = await freshDatabase()
const upstream = await freshUpstream()
const [doomed, other] = await Promise.all([startSeeder(url, upstream.url), startSeeder(url, upstream.url)])

const tickRows = z.array(z.object({ dueAt: z.date(), outcome: z.string(), ticks: z.int(), run: z.string().nullable() }))
const ticks = async () =>
  tickRows.parse(
    await store.query(
      'test',
      `select due_at as "dueAt", t.outcome, t.ticks, r.id as run from pokepedia_schedule_ticks t
       left join pokepedia_runs r on r.id = t.run_id and r.schedule = t.schedule and r.trigger = 'schedule' order by due_at`,
    ),
  )
// Nobody fetches what the runs ask for, so they are ended here.
const ending = repeat(
  'ending runs',
  50,
  async () =>
    void (await store.query('test', "update pokepedia_run_ledger set outcome = 'stored' where outcome is null")),
  log,
)
after(() => ending[Symbol.asyncDispose]())

test('every second has one decision, one run for each that was fired, and a killed seeder loses none', async () => {
  const at = new Date(Math.floor(Date.now() / 1_000) * 1_000)
  const schedule = {
    ...{ name: 'every-second', cron: '* * * * * *', timeZone: 'UTC', request: { types: ['berry'], limit: 1 } },
    ...{ requestHash: 'x', enabled: true, note: '', catchUp: 'once' as const, nextAt: new Date(at.getTime() + 1_000) },
  }
  await putSchedules(store, [schedule], { at, replace: true })
  await until('the first two ticks', ticks, (rows) => rows.length >= 2)
  await doomed.end('SIGKILL')
  const killedAt = Date.now()
  const decided = await until(
    'ticks after the kill',
    ticks,
    (rows) => (rows.at(-1)?.dueAt.getTime() ?? 0) > killedAt + 2_000,
  )
  await other.end('SIGTERM')
  const covered = decided.reduce((sum, row) => sum + row.ticks, 0)
  const seconds = ((decided.at(-1)?.dueAt.getTime() ?? 0) - at.getTime()) / 1_000
  assert.equal(covered, seconds, JSON.stringify(decided))
  const fired = decided.filter(({ outcome }) => outcome === 'fired')
  assert.ok(fired.length >= 2, JSON.stringify(decided))
  assert.ok(fired.every(({ run }) => run !== null))
  assert.equal(new Set(fired.map(({ run }) => run)).size, fired.length)
})
