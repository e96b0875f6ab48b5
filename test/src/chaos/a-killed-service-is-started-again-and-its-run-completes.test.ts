import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { SERVICE_NAMES } from '@pokepedia/cli'
import { isRunning } from '../e2e/command.ts'
import { deploy, post, sql, until } from '../e2e/support.ts'

test('kill -9 of every service in the middle of a run costs nothing but time', async () => {
  const told: string[] = []
  const deployment = await deploy({
    upstream: { kind: 'sample', pokemon: 40 },
    onProgress: (line) => told.push(line),
  })
  const before = deployment.stack.services
  assert.equal((await post(deployment, '{}')).status, 202)
  await until(
    'the first stored file',
    () => sql(deployment, 'select from pokepedia_assets limit 1'),
    (rows) => rows.length > 0,
  )
  for (const { pid } of Object.values(before)) process.kill(pid, 'SIGKILL')

  // Not through the seeder, which is one of the killed.
  const run = await until(
    'the end of the run',
    () => sql(deployment, 'select id, state from pokepedia_runs'),
    ([only]) => only !== undefined && !['discovering', 'running'].includes(String(only['state'])),
    150_000,
  )
  assert.equal(run[0]?.['state'], 'completed')
  const outcomes = await sql(deployment, 'select distinct outcome from pokepedia_run_ledger')
  assert.deepEqual(outcomes, [{ outcome: 'stored' }])

  const after = deployment.stack.services
  for (const name of SERVICE_NAMES) {
    assert.ok(told.includes(`${name} ended (SIGKILL); starting it again`), told.join('\n'))
    assert.equal(after[name].url, before[name].url)
    assert.notEqual(after[name].pid, before[name].pid)
    assert.ok(isRunning(after[name].pid), `${name} runs`)
  }
  assert.deepEqual(JSON.parse(await readFile(deployment.layout.stackJson, 'utf8')), deployment.stack)
})
