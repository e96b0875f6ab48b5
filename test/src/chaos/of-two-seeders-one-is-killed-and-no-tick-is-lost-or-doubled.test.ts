import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deploy, sql, until } from '../e2e/support.ts'
import { another } from '../more-instances.ts'
import { assertBalanced } from './evidence.ts'

const EVERY_MS = 2_000
const FOR_MS = 60_000
/** A tick that was due around the kill may be decided on late, together with the next. */
const TAKEOVER_MS = 10_000

const deployment = await deploy({ upstream: { kind: 'sample', pokemon: 5 } })
another('seeder', deployment)

const put = async (schedules: object[]): Promise<void> => {
  const { url } = deployment.stack.services.seeder
  const answer = await fetch(`${url}/v1/schedules`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${deployment.stack.token}` },
    body: JSON.stringify({ schedules }),
  })
  assert.equal(answer.status, 200, await answer.text())
}

interface Tick {
  readonly due: number
  readonly outcome: string
  readonly ticks: number
  readonly run: string | null
}
const ticks = async (): Promise<Tick[]> => {
  const rows = await sql(
    deployment,
    `select extract(epoch from due_at) * 1000 as due, outcome, ticks, run_id as run from pokepedia_schedule_ticks order by 1`,
  )
  return rows.map(({ due, outcome, ticks: count, run }) => ({
    ...{ due: Number(due), outcome: String(outcome), ticks: Number(count) },
    run: run === null ? null : String(run),
  }))
}

test('a schedule of every 2 s for a minute, one of two seeders killed: no tick is doubled, none is lost', async () => {
  await put([{ name: 'often', cron: '*/2 * * * * *', types: ['berry'], limit: 1 }])
  const [first] = await until('the first tick', ticks, (seen) => seen.length > 0)
  const beganAt = first?.due ?? 0
  const lastDue = (seen: Tick[]): number => seen.at(-1)?.due ?? 0
  await until('20 s of ticks', ticks, (seen) => lastDue(seen) >= beganAt + 20_000, 120_000)
  process.kill(deployment.stack.services.seeder.pid, 'SIGKILL')
  const killedAt = Date.now()
  const decided = await until('a minute of ticks', ticks, (seen) => lastDue(seen) >= beganAt + FOR_MS, 180_000)

  const expected = (lastDue(decided) - beganAt) / EVERY_MS + 1
  assert.equal(
    decided.reduce((sum, tick) => sum + tick.ticks, 0),
    expected,
    'each tick is decided on once',
  )
  const missed = decided.filter(({ outcome }) => outcome === 'missed')
  for (const tick of missed)
    assert.ok(Math.abs(tick.due - killedAt) < TAKEOVER_MS, JSON.stringify({ killedAt, missed }))

  await put([])
  const open = () => sql(deployment, "select id from pokepedia_runs where state in ('discovering', 'running')")
  await until('the end of the runs', open, (rows) => rows.length === 0)
  const runs = await sql(deployment, "select id, state from pokepedia_runs where schedule = 'often' order by id")
  const fired = (await ticks()).flatMap(({ outcome, run }) => (outcome === 'fired' ? [run] : [])).sort()
  assert.deepEqual(
    runs.map(({ id }) => id),
    fired,
    'each fired tick has one run, and each run one tick',
  )
  assert.ok(fired.length > expected / 2, `${fired.length} of ${expected} ticks fired`)
  assert.ok(runs.every(({ state }) => state === 'completed'))
  for (const run of fired.slice(-2)) await assertBalanced(deployment, run ?? '')
  console.log(
    `${fired.length} fired, ${decided.length - fired.length} skipped or missed, ${missed.length} around the kill`,
  )
})
