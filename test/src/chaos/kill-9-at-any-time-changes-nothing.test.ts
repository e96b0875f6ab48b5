import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { SERVICE_NAMES } from '@pokepedia/cli'
import { deploy } from '../e2e/support.ts'
import { assertSameState } from './evidence.ts'
import { runFromNothing, TIERS } from './repeatable-run.ts'

// POKEPEDIA_CHAOS_SEED repeats the choice of services and times, as far as two runs can be alike.
const seed = Number(process.env['POKEPEDIA_CHAOS_SEED'] ?? Date.now() % 1_000_000)
const FOR_MS = 70_000
const KILLS_A_ROUND = 4

let state = seed
/** Below 1; a linear congruential generator (Numerical Recipes). */
const random = (): number => {
  state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
  return state / 2 ** 32
}

const deployment = await deploy({ upstream: { kind: 'sample', pokemon: 100 }, settings: { RETRY_TIERS: TIERS } })
const request = { types: ['pokemon', 'pokemon-form', 'type'] }
const unharmed = await runFromNothing(deployment, request)

test(`services killed at random times (seed ${seed}): the end is the one without kills`, async () => {
  const end = Date.now() + FOR_MS
  let rounds = 0
  for (; Date.now() < end; rounds += 1) {
    const killed: string[] = []
    const result = await runFromNothing(deployment, request, async () => {
      for (let kills = 0; kills < KILLS_A_ROUND; kills += 1) {
        await delay(random() * 2_500)
        const name = SERVICE_NAMES[Math.floor(random() * SERVICE_NAMES.length)] ?? 'ingestor'
        killed.push(name)
        try {
          process.kill(deployment.stack.services[name].pid, 'SIGKILL')
        } catch {
          // It is dead already and not yet started again.
        }
      }
    })
    assertSameState(result.state, unharmed.state, `round ${rounds}: ${killed.join(', ')}`)
  }
  console.log(`${rounds} rounds of ${KILLS_A_ROUND} kills, seed ${seed}`)
})
