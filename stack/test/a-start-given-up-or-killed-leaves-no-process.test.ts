import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type LocalStack, startLocalStack } from '../src/local/index.ts'
import { identityOf, isRunning, type ProcessIdentity, processesOf } from '../src/local/processes.ts'

const directory = await realpath(await mkdtemp(join(tmpdir(), 'pokepedia-stack-')))
const downloads = fileURLToPath(new URL('../../../.local/downloads', import.meta.url))
const holder = fileURLToPath(new URL('./stack-holder.js', import.meta.url))

const started: LocalStack[] = []
const start = async (signal = new AbortController().signal): Promise<LocalStack> => {
  const stack = await startLocalStack({ directory, downloads, onProgress: () => undefined, signal })
  started.push(stack)
  return stack
}
// A test that fails leaves its processes running.
after(async () => {
  for (const stack of started) await stack.stop()
  for (const { pid } of processesOf(directory)) process.kill(pid, 'SIGKILL')
  await rm(directory, { recursive: true, force: true })
})

/** Waits until so many processes of the directory run. */
const untilRunning = async (count: number): Promise<ProcessIdentity[]> => {
  const end = Date.now() + 60_000
  for (;;) {
    const found = processesOf(directory)
    if (found.length >= count) return found
    assert.ok(Date.now() < end, `${found.length} processes run`)
    await delay(20)
  }
}

const killed = async (child: ChildProcess): Promise<void> => {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

test('a start that is given up ends what it had begun, and gives the directory back', async () => {
  const asked = new AbortController()
  const starting = assert.rejects(start(asked.signal), /asked to stop/)
  await untilRunning(3)
  asked.abort(new Error('asked to stop'))
  await starting
  assert.deepEqual(processesOf(directory), [])
})

test('the start after a killed one ends what it left running; while it holds the directory no other may', async () => {
  const first = spawn(process.execPath, [holder, directory, downloads], { stdio: 'ignore' })
  // In the middle of its start: nothing is ready yet, nothing has been written down.
  const orphans = await untilRunning(3)
  await killed(first)
  assert.notDeepEqual(orphans.filter(isRunning), [])

  const second = await start()
  assert.deepEqual(orphans.filter(isRunning), [])
  await assert.rejects(start(), new RegExp(`process ${process.pid} runs the stack in ${directory}`))
  await second.stop()
  assert.deepEqual(processesOf(directory), [])
})

test('a process that only names the directory is left alone', async () => {
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)', '--', `${directory}/postgres/data`])
  await once(stranger, 'spawn')
  const known = identityOf(stranger.pid ?? -1)
  assert.ok(known)
  assert.deepEqual(processesOf(directory), [])
  await killed(stranger)
  assert.equal(isRunning(known), false)
})
