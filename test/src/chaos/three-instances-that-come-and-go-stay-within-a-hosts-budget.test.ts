import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { deploy, post, sql, until } from '../e2e/support.ts'
import { another } from '../more-instances.ts'
import { assertBalanced } from './evidence.ts'

const PER_SECOND = 40
const EVERY_MS = 5_000
const ROUNDS = 12
const report = z.object({ json: z.number(), media: z.number(), peakRequestsPerSecond: z.number() })

const settingsFor = (upstream: string) => ({
  HOST_BUDGETS: `${new URL(upstream).host}=${PER_SECOND}/s:12`,
  RETRY_TIERS: '200ms,1s',
})
const deployment = await deploy({
  upstream: { kind: 'sample', pokemon: 100 },
  settings: (_, { upstream }) => settingsFor(upstream),
})
const { stack } = deployment

const oneMore = (): ChildProcess => another('ingestor', deployment, settingsFor(stack.upstream))

const requests = async () => report.parse(await (await fetch(new URL('/__requests', stack.upstream))).json())

test('three ingestors, one killed and one added every 5 s for a minute: nothing is lost, and no second has more requests than the budget', async (t) => {
  const others = [oneMore(), oneMore()]
  const answer = await post(deployment, '{}')
  assert.equal(answer.status, 202)
  const runId = (answer.headers.get('location') ?? '').replace('/v1/runs/', '')

  for (let round = 0; round < ROUNDS; round += 1) {
    await delay(EVERY_MS)
    const nth = round % 3
    // `up` starts its own again by itself.
    if (nth === 2) process.kill(deployment.stack.services.ingestor.pid, 'SIGKILL')
    else {
      others[nth]?.kill('SIGKILL')
      others[nth] = oneMore()
    }
  }
  const duringChurn = await requests()
  const state = () => sql(deployment, 'select state from pokepedia_runs where id = $1', [runId])
  await until('the end of the run', state, ([run]) => run?.['state'] === 'completed', 120_000)
  await assertBalanced(deployment, runId)

  const all = await requests()
  t.diagnostic(
    `at most ${all.peakRequestsPerSecond} of ${PER_SECOND} requests in a second; ${duringChurn.json + duringChurn.media} ` +
      `in the minute, ${all.json + all.media} in all`,
  )
  assert.ok(all.peakRequestsPerSecond <= PER_SECOND, `${all.peakRequestsPerSecond} requests within a second`)
  // At an even pace of four fifths of the budget; less would mean that the minute proves nothing.
  assert.ok(duringChurn.json + duringChurn.media > 300, `only ${duringChurn.json + duringChurn.media} requests`)
})
