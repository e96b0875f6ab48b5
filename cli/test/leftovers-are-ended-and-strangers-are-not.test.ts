import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { identityOf } from '@pokepedia/stack'
import { layoutOf } from '../src/up/layout.ts'
import { endLeftovers, recordPids } from '../src/up/pids.ts'

const directory = await mkdtemp(join(tmpdir(), 'pokepedia-pids-'))
const layout = layoutOf(directory)
const idlers: ChildProcess[] = []
after(async () => {
  for (const idler of idlers) idler.kill('SIGKILL')
  await rm(directory, { recursive: true })
})

const idle = (script: string): number => {
  const child = spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  idlers.push(child)
  return child.pid ?? -1
}

test('recorded processes are ended, deaf ones too; a stranger with a recorded number is left alone', async () => {
  const ours = idle('console.log(1); setInterval(() => 0, 1e6)')
  const deaf = idle("process.on('SIGTERM', () => 0); console.log(1); setInterval(() => 0, 1e6)")
  const stranger = idle('console.log(1); setInterval(() => 0, 1e6)')
  await Promise.all(idlers.map(({ stdout }) => stdout && once(stdout, 'data')))

  await recordPids(layout, { ours, deaf, stranger })
  const recorded = await readFile(layout.pids, 'utf8')
  const ofStranger = new RegExp(`("pid": ${stranger},\\s*"startedAt": ")[^"]*`)
  await writeFile(layout.pids, recorded.replace(ofStranger, '$1another boot/1'))

  assert.deepEqual(await endLeftovers(layout), ['ours', 'deaf'])
  assert.deepEqual([ours, deaf].map(identityOf), [undefined, undefined])
  assert.notEqual(identityOf(stranger), undefined)
  assert.deepEqual(await endLeftovers(layout), [], 'the record is gone')
})
