import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Deployment } from '@pokepedia/cli'
import { post, setFaults, sql, until } from '../e2e/support.ts'
import { assertBalanced, type Remains, remainsOf, untilDrained } from './evidence.ts'

export const TIERS = '200ms,1s'

// The same faults for every request of a path, so that what becomes of it does not depend on how often it is asked for.
const FAULTS = [
  { match: '/pokemon/3/$', kind: 'wrong_type' },
  { match: '/pokemon/4/$', kind: 'gone' },
  { match: '/pokemon/5/$', kind: 'status', status: 503 },
  { match: '/media/.*/pokemon/(back/)?6[.]png', kind: 'not_image' },
  { match: '/media/.*/pokemon/(back/)?7[.]png', kind: 'status', status: 503 },
]

/** Empties the tables and the bucket, when no earlier record is under way, so that everything must be stored anew. */
const empty = async (deployment: Deployment): Promise<void> => {
  await untilDrained(deployment, TIERS)
  await sql(
    deployment,
    `truncate pokeapi_resources, pokepedia_resource_checks, pokepedia_pokemon, pokepedia_assets,
       pokepedia_asset_references cascade`,
  )
  const bucket = join(deployment.layout.directory, 's3', 'objects', deployment.stack.s3.bucket)
  for (const name of await readdir(bucket)) await rm(join(bucket, name), { recursive: true })
}

/** Runs from nothing over documents of which some are dead, gone or late, and proves the ledger. */
export const runFromNothing = async (
  deployment: Deployment,
  request: object,
  during: () => Promise<void> = async () => undefined,
): Promise<Remains> => {
  await empty(deployment)
  await setFaults(deployment, FAULTS)
  const answer = await post(deployment, JSON.stringify(request))
  assert.equal(answer.status, 202)
  const runId = (answer.headers.get('location') ?? '').replace('/v1/runs/', '')
  await during()
  const [run] = await until(
    'the end of the run',
    () => sql(deployment, 'select state from pokepedia_runs where id = $1', [runId]),
    ([only]) => !['discovering', 'running'].includes(String(only?.['state'])),
    90_000,
  )
  assert.equal(run?.['state'], 'completed_with_dead_letters')
  await assertBalanced(deployment, runId)
  await untilDrained(deployment, TIERS)
  return remainsOf(deployment, runId)
}
