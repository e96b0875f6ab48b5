import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stackJsonSchema } from '@pokepedia/cli'
import { freshDirectory, isRunning, pidsIn, pokepedia, readState } from '../e2e/command.ts'
import { until } from '../e2e/support.ts'

const START_MS = 120_000
const PROCESSES = 9

test('killed, it is tidied up after by the next start; asked to stop, it ends all within 15 s', async () => {
  await using directory = await freshDirectory()
  const start = () => pokepedia('up', '--pokemon', '40', '--directory', directory.path)
  /** The addresses of a deployment, once it is another one than `earlier`. */
  const addresses = async (earlier?: string) => {
    const look = () => readState(directory.path, 'stack.json')
    const text = await until('stack.json', look, (seen) => seen !== undefined && seen !== earlier, START_MS)
    return { text: text ?? '', stack: stackJsonSchema.parse(JSON.parse(text ?? '')) }
  }

  await using first = start()
  const before = await addresses()
  const orphans = await pidsIn(directory.path)
  first.process.kill('SIGKILL')
  await first.exited
  assert.equal(orphans.filter(isRunning).length, PROCESSES)

  await using second = start()
  const after = await addresses(before.text)
  assert.deepEqual(orphans.filter(isRunning), [], second.stdout())
  assert.equal(after.stack.token, before.stack.token)
  assert.equal(after.stack.upstream, before.stack.upstream)
  assert.equal(after.stack.services.metrics.url, before.stack.services.metrics.url)

  await using third = start()
  assert.equal(await third.exited, 1)
  assert.match(third.stderr(), new RegExp(`process ${second.process.pid}\\) holds`))

  const pids = await pidsIn(directory.path)
  const askedAt = Date.now()
  second.process.kill('SIGTERM')
  assert.equal(await second.exited, 0, second.stdout() + second.stderr())
  assert.ok(Date.now() - askedAt < 15_000, `it took ${Date.now() - askedAt} ms`)
  assert.equal(pids.length, PROCESSES)
  assert.deepEqual(pids.filter(isRunning), [])
  assert.equal(await readState(directory.path, 'stack.json'), undefined)
})
