import assert from 'node:assert/strict'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '@pokepedia/stack'
import { freshDirectory, isRunning, pidsIn, pokepedia, readState } from './command.ts'
import { until } from './support.ts'

const START_MS = 120_000

test('up --once --json prints one line, its audit balances, it exits 0 and nothing of it runs on', async () => {
  await using directory = await freshDirectory()
  // What a start left that had chosen one port for two programs.
  const port = await freePort()
  await writeFile(join(directory.path, 'ports.json'), JSON.stringify({ kafka: port }))
  const earlier = { token: 'a'.repeat(43), ports: { metrics: port } }
  await writeFile(join(directory.path, 'remembered.json'), JSON.stringify(earlier), { mode: 0o600 })
  await using up = pokepedia('up', '--once', '--json', '--pokemon', '5', '--directory', directory.path)
  const everything = () => `${up.stdout()}\n${up.stderr()}`

  await until(
    'stack.json',
    () => readState(directory.path, 'stack.json'),
    (text) => text !== undefined,
    START_MS,
  )
  for (const secret of ['stack.json', 'remembered.json'])
    assert.equal((await stat(join(directory.path, secret))).mode & 0o777, 0o600, secret)
  const pids = await pidsIn(directory.path)
  assert.equal(pids.length, 9, 'four of the stack, the sample, four services')

  assert.equal(await up.exited, 0, everything())
  assert.equal(up.stdout().trimEnd().split('\n').length, 1, up.stdout())
  const { runId, durationMs, sprites, audit, ...counts } = JSON.parse(up.stdout())
  assert.match(runId, /^[0-9a-f-]{36}$/)
  assert.ok(durationMs > 0)
  assert.equal(audit, 'balanced')
  assert.ok(counts.requested > 5 && sprites.requested > 0, up.stdout())
  for (const { requested, ...outcomes } of [counts, sprites]) {
    assert.deepEqual(Object.keys(outcomes), ['stored', 'unchanged', 'gone', 'superseded', 'discarded', 'dead'])
    assert.deepEqual(outcomes, { ...outcomes, stored: requested, dead: 0 })
  }

  assert.deepEqual(pids.filter(isRunning), [])
  assert.equal(await readState(directory.path, 'stack.json'), undefined)
})
