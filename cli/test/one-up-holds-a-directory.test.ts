import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { layoutOf } from '../src/up/layout.ts'
import { holdDirectory } from '../src/up/lock.ts'

const directory = await mkdtemp(join(tmpdir(), 'pokepedia-lock-'))
const layout = layoutOf(directory)
after(() => rm(directory, { recursive: true }))

test('a second one is refused until the first gives the directory back', async () => {
  const giveBack = await holdDirectory(layout)
  await assert.rejects(holdDirectory(layout), new RegExp(`process ${process.pid}\\) holds ${directory}`))
  await giveBack()
  await (await holdDirectory(layout))()
})

test('a lock left by a process that is gone counts for nothing', async () => {
  // This process's number, but another start: as when a number was given out again.
  for (const left of [JSON.stringify({ pid: process.pid, startedAt: 'another boot/1' }), '{"pid":', '']) {
    await writeFile(layout.lock, left)
    await (await holdDirectory(layout))()
  }
})
