import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { ServiceName } from '@pokepedia/cli'
import type { KillStep } from '@pokepedia/service'
import { deploy, until } from '../e2e/support.ts'
import { assertSameState } from './evidence.ts'
import { runFromNothing, TIERS } from './repeatable-run.ts'

const orders = await mkdtemp(join(tmpdir(), 'pokepedia-kill-'))
after(() => rm(orders, { recursive: true }))
const orderOf = (service: ServiceName): string => join(orders, service)

const deployment = await deploy({
  upstream: { kind: 'sample', pokemon: 100 },
  settings: (service) => ({ NODE_ENV: 'test', POKEPEDIA_KILL_AT: orderOf(service), RETRY_TIERS: TIERS }),
})

const REQUESTS = { few: { types: ['pokemon', 'pokemon-form', 'type'] }, all: {} }
const unharmed = {
  few: await runFromNothing(deployment, REQUESTS.few),
  all: await runFromNothing(deployment, REQUESTS.all),
}

/** At which pass of the step; the steps of failures and of commits are passed a few times only. */
const NTH: Partial<Record<KillStep, number>> = {
  retry_acked: 2,
  dlq_acked: 1,
  dead_noted: 2,
  finished: 2,
  offset_committed: 2,
  ledger_entered: 1,
  // The first of two chunks.
  events_acked: 1,
  before_running: 1,
}
const nth = (step: KillStep): number => NTH[step] ?? 7

type Kills = Partial<Record<ServiceName, KillStep>>
// Services at once, to save time: a consumer that was killed waits 7 s for its predecessor's session to end.
const rounds: Kills[] = [
  { ingestor: 'fetched', 'sprite-fetcher': 'fetched', seeder: 'ledger_entered' },
  { ingestor: 'committed', 'sprite-fetcher': 'object_put', seeder: 'events_acked' },
  { ingestor: 'emitted', 'sprite-fetcher': 'committed', seeder: 'before_running' },
  { ingestor: 'retry_acked', 'sprite-fetcher': 'retry_acked' },
  { ingestor: 'dlq_acked', 'sprite-fetcher': 'dlq_acked' },
  { ingestor: 'dead_noted', 'sprite-fetcher': 'dead_noted' },
  { ingestor: 'changes_acked', 'sprite-fetcher': 'finished' },
  { ingestor: 'finished' },
  { ingestor: 'offset_committed', 'sprite-fetcher': 'offset_committed' },
]

for (const kills of rounds) {
  const what = Object.entries(kills).map(([service, step]) => `${service} at ${step}`)
  test(`killed, ${what.join(', ')}: the end is the one without kills`, async () => {
    const files = Object.keys(kills).map((service) => join(orders, service))
    for (const [service, step] of Object.entries(kills)) await writeFile(join(orders, service), `${step}:${nth(step)}`)
    const allKilled = async (): Promise<void> => {
      const waiting = async () => files.filter((file) => existsSync(file))
      await until('the kills', waiting, (left) => left.length === 0, 40_000)
    }
    const size = kills.seeder ? 'all' : 'few'
    const result = await runFromNothing(deployment, REQUESTS[size], allKilled)
    assertSameState(result.state, unharmed[size].state, what.join(', '))
    // At least once: a kill between the acknowledged letter and its commit writes it again; the ledger counts it once.
    if (result.duplicateLetters > 0) console.log(`${what.join(', ')}: ${result.duplicateLetters} dead letters twice`)
  })
}

test('without kills no dead letter comes twice', () => {
  assert.deepEqual([unharmed.few.duplicateLetters, unharmed.all.duplicateLetters], [0, 0])
  assert.equal(unharmed.few.deadLetters, 6)
})
