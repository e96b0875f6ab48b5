import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import type { FaultRule } from '@pokepedia/stack'
import { deploy, seedAndWait, setFaults, sql } from '../e2e/support.ts'
import { assertBalanced, diverted } from './evidence.ts'

// POKEAPI_DATA names a checkout of PokeAPI/api-data; without it the data are made up, of as many Pokémon.
const data = process.env['POKEAPI_DATA']
const TIERS = '200ms,1s,3s'
const TYPES = ['type', 'pokemon', 'move']

const match = '^/api/v2/(type|pokemon|move)/'
/** Of all requests; a rule decides only what the ones before it leave. */
const FAULTS: readonly FaultRule[] = [
  { match, kind: 'status', status: 503, probability: 0.1, seed: 1 },
  { match, kind: 'status', status: 429, retryAfterSeconds: 1, probability: 0.05 / 0.9, seed: 2 },
  { match, kind: 'hang', probability: 0.02 / 0.85, seed: 3 },
  { match, kind: 'truncate', probability: 0.02 / 0.83, seed: 4 },
]

const deployment = await deploy({
  upstream: data === undefined ? { kind: 'sample', pokemon: 1_350 } : { kind: 'directory', directory: resolve(data) },
  settings: { RETRY_TIERS: TIERS, UPSTREAM_HEADERS_TIMEOUT_MS: '1000', UPSTREAM_BODY_TIMEOUT_MS: '2000' },
})

test('10 % 503, 5 % 429, 2 % hang, 2 % truncated: every type, Pokémon and move is stored, nothing is dead', async (t) => {
  await setFaults(deployment, [...FAULTS])
  const beganMs = performance.now()
  const run = await seedAndWait(deployment, { types: TYPES }, 800_000)
  const tookS = Math.round((performance.now() - beganMs) / 1_000)
  assert.equal(run.state, 'completed')
  const outcomes = await sql(
    deployment,
    'select outcome, count(*)::integer as count from pokepedia_run_ledger where run_id = $1 group by 1',
    [run.id],
  )
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ['stored'],
  )
  const [lists] = await sql(
    deployment,
    'select count(*)::integer as count from pokeapi_resources where resource_type = any($1)',
    [TYPES],
  )
  const { retried, dead } = await diverted(deployment, TIERS)
  assert.equal(dead, 0)
  assert.ok(retried > 0, 'no event had to be tried again; the faults were not there')
  await assertBalanced(deployment, run.id)
  t.diagnostic(
    `${lists?.['count']} resources, ${outcomes[0]?.['count']} with images, in ${tookS} s; ${retried} retries, 0 dead`,
  )
})
