import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { withClassArchives } from '../src/local/class-archives.ts'
import type { Downloads, JavaComponent } from '../src/local/downloads.ts'
import { startLocalStack } from '../src/local/index.ts'
import { processesOf } from '../src/local/processes.ts'

const downloads = fileURLToPath(new URL('../../../.local/downloads', import.meta.url))
const path = process.env['PATH'] ?? ''

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pokepedia-classes-'))
})
afterEach(async () => {
  process.env['PATH'] = path
  for (const { pid } of processesOf(directory)) process.kill(pid, 'SIGKILL')
  await rm(directory, { recursive: true, force: true })
})

/** Has a shell script in place of the machine's own `java`. */
const withJava = async (script: string): Promise<void> => {
  const folder = join(directory, 'bin')
  await mkdir(folder)
  await writeFile(join(folder, 'java'), `#!/bin/sh\n${script}\n`)
  await chmod(join(folder, 'java'), 0o755)
  process.env['PATH'] = `${folder}:${path}`
}

/** Folders with the jars of the stack, and no archive beside them. */
const folders = async (): Promise<Downloads> => {
  const linked = async (component: JavaComponent): Promise<string> => {
    const folder = join(directory, `${component}-jars`)
    await mkdir(folder)
    const jars = (await readdir(downloads)).find((name) => name.startsWith(`${component}-`)) ?? ''
    for (const name of await readdir(join(downloads, jars)))
      if (name.endsWith('.jar')) await symlink(join(downloads, jars, name), join(folder, name))
    return folder
  }
  return { kafka: await linked('kafka'), registry: await linked('registry'), s3: await linked('s3') }
}

const NONE = [[], [], []]

const prepare = async (jars: Downloads) => {
  const lines: string[] = []
  const onProgress = (line: string): void => void lines.push(line)
  const signal = new AbortController().signal
  const { kafka, registry, s3 } = await withClassArchives(jars, { stackDirectory: directory, onProgress, signal })
  return { lines, flags: [kafka.classFlags, registry.classFlags, s3.classFlags] }
}

test('each JVM of a stack has the archive of its classes in memory', async (t) => {
  if (!existsSync('/proc/self/maps')) return t.skip('there is no /proc to ask')
  const stack = await startLocalStack({ directory, downloads, onProgress: () => undefined })
  try {
    for (const name of ['kafka', 'registry', 's3'] as const) {
      const maps = await readFile(`/proc/${stack.pids[name]}/maps`, 'utf8')
      assert.match(maps, new RegExp(`/${name}-[0-9a-f]{8}/classes-[0-9a-f]{8}[.]jsa\n`), name)
    }
  } finally {
    await stack.stop()
  }
  assert.equal(existsSync(join(directory, 'classes')), false)
})

test('a component whose archive can not be made starts without one, and it is said why', async () => {
  await withJava('echo "no space left" >&2; test "$*" = -version')
  const { lines, flags } = await prepare(await folders())
  assert.deepEqual(flags, NONE)
  assert.equal(lines.filter((line) => /^starting without such notes: .*no space left/s.test(line)).length, 3)
})

test('a JVM that makes no archive is not asked for one again', async () => {
  // As one without an archive of its own classes: the flag has no effect.
  await withJava(`
for one; do shift; case "$one" in -XX:ArchiveClassesAtExit=*) ;; *) set -- "$@" "$one";; esac; done
PATH='${path}' exec java "$@"`)
  const jars = await folders()
  const first = await prepare(jars)
  assert.deepEqual(first.flags, NONE)
  assert.equal(first.lines.length, 1)
  assert.deepEqual(await prepare(jars), { lines: [], flags: NONE })
})
