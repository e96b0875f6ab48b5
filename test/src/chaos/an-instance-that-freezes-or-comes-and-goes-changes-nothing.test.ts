import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { ingestQueue } from '@pokepedia/events'
import { openAdmin, openKafka } from '@pokepedia/pipeline'
import { createLog } from '@pokepedia/service'
import { deploy, post, setFaults, sql, until } from '../e2e/support.ts'
import { another, leave } from '../more-instances.ts'
import { assertBalanced, assertSameState, diverted, type FinalState, untilDrained } from './evidence.ts'
import { progressOf } from './progress.ts'

const TIERS = '5s,30s,5m'
const STORM_MS = 45_000
const EVERY_MS = 3_000
/** By contract progress stops for no longer, however often the group is shared out anew. */
const STANDSTILL_LIMIT_MS = 10_000
const LATE = { match: '^/api/v2/[a-z-]+/[0-9]+', kind: 'latency', delayMs: 1_000 }
const CHANGED = { match: '^/api/v2/[a-z-]+/[0-9]+', kind: 'changed', revision: 2 }

const deployment = await deploy({ upstream: { kind: 'sample', pokemon: 400 } })
await setFaults(deployment, [LATE])

const seed = async (request: object): Promise<string> => {
  const answer = await post(deployment, JSON.stringify(request))
  assert.equal(answer.status, 202)
  return (answer.headers.get('location') ?? '').replace('/v1/runs/', '')
}
const settledOf = async (runId: string): Promise<number> =>
  (await progressOf(deployment, runId))?.[ingestQueue.name]?.settled ?? 0
const untilCompleted = (runId: string) =>
  until(
    'the end of the run',
    () => sql(deployment, 'select state from pokepedia_runs where id = $1', [runId]),
    ([run]) => run?.['state'] === 'completed',
    100_000,
  )

const log = createLog('test', 'silent')
const untilMembers = async (count: number): Promise<void> => {
  await using admin = await openAdmin(openKafka({ brokers: [deployment.stack.kafka], clientId: 'chaos' }, log))
  const look = () => admin.members([ingestQueue.group])
  await until(`${count} members`, look, ([group]) => group?.state === 'Stable' && group.members === count, 40_000)
}

/** Every row that an ingestor writes; not when it was checked, since what is asked for after a thaw is a newer check. */
const rowsNow = async (): Promise<FinalState> => {
  const rows = await sql(
    deployment,
    `select 'resource ' || path as key, r::text as value from pokeapi_resources r
     union all select 'check ' || path, row(path, etag)::text from pokepedia_resource_checks c
     union all select 'ledger ' || run_id || queue || key, l::text from pokepedia_run_ledger l`,
  )
  return Object.fromEntries(rows.map(({ key, value }) => [String(key), value]))
}

test('an ingestor frozen beyond its session is replaced; thawed, it changes nothing', async (t) => {
  const frozen = another('ingestor', deployment)
  await untilMembers(2)
  const runId = await seed({ types: ['pokemon-species'] })
  await until(
    'both at work',
    () => settledOf(runId),
    (settled) => settled > 60,
  )
  frozen.kill('SIGSTOP')
  const frozenAt = Date.now()
  // What the frozen one has asked for is older than what the next owner of its events gets.
  await setFaults(deployment, [LATE, CHANGED])
  await untilMembers(1)
  await untilCompleted(runId)
  await untilDrained(deployment, TIERS)
  const before = await rowsNow()
  frozen.kill('SIGCONT')
  const frozenMs = Date.now() - frozenAt
  await untilMembers(2)
  // Answers that came while it was frozen are handled in less.
  await delay(3_000)
  assertSameState(await rowsNow(), before, 'after the thaw')
  await assertBalanced(deployment, runId)
  t.diagnostic(`frozen for ${(frozenMs / 1_000).toFixed(1)} s`)
  await leave(frozen)
})

test('an ingestor joins or leaves every 3 s: progress never stops for over 10 s, nothing is lost', async (t) => {
  await setFaults(deployment, [LATE])
  const runId = await seed({ types: ['pokemon-species', 'pokemon', 'move'], force: true })
  await until(
    'the first resource',
    () => settledOf(runId),
    (settled) => settled > 0,
  )
  const storm = { over: false, changes: 0 }
  const comingAndGoing = (async () => {
    for (const end = Date.now() + STORM_MS; Date.now() < end; ) {
      const one = another('ingestor', deployment)
      await delay(EVERY_MS)
      await leave(one)
      await delay(EVERY_MS)
      storm.changes += 2
    }
    storm.over = true
  })()
  let [settled, movedAt, longestMs] = [0, Date.now(), 0]
  while (!storm.over) {
    const now = await settledOf(runId)
    longestMs = Math.max(longestMs, Date.now() - movedAt)
    if (now > settled) [settled, movedAt] = [now, Date.now()]
    await delay(200)
  }
  await comingAndGoing
  const [all] = await sql(
    deployment,
    'select count(*)::integer as count from pokepedia_run_ledger where run_id = $1 and queue = $2',
    [runId, ingestQueue.name],
  )
  t.diagnostic(
    `${storm.changes} changes of the group, ${settled} of ${all?.['count']} resources meanwhile, ` +
      `longest standstill ${(longestMs / 1_000).toFixed(1)} s`,
  )
  assert.ok(settled < Number(all?.['count']), 'the run ended before the storm; it proves nothing')
  assert.ok(longestMs <= STANDSTILL_LIMIT_MS, `nothing ended for ${longestMs} ms`)
  await setFaults(deployment, [])
  await untilCompleted(runId)
  await assertBalanced(deployment, runId)
  assert.deepEqual(await diverted(deployment, TIERS), { retried: 0, dead: 0 })
})
