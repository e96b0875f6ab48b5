import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Progress } from './component.ts'

const recorded = z.object({ owner: z.number().int(), children: z.record(z.string(), z.number().int()) })

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** The command line of a process; empty when it is gone. A pid may have been given to a stranger since. */
const commandOf = (pid: number): Promise<string> =>
  readFile(`/proc/${pid}/cmdline`, 'utf8').then(
    (text) => text.replaceAll('\0', ' '),
    () => '',
  )

const endProcess = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGTERM')
  for (let waited = 0; waited < 5_000 && isAlive(pid); waited += 100) await delay(100)
  if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  while (isAlive(pid)) await delay(50)
}

/** Who runs the stack of a directory, kept in `pids.json` so that a killed owner's processes are found. */
export interface PidFile {
  record(children: Readonly<Record<string, number>>): Promise<void>
  remove(): Promise<void>
}

/**
 * Takes the directory over: throws when another living process holds it, and ends what a killed one left running, by
 * pid and only where the command line names the directory.
 */
export const takeOver = async (directory: string, onProgress: Progress): Promise<PidFile> => {
  const file = join(directory, 'pids.json')
  const before = recorded.safeParse(JSON.parse(await readFile(file, 'utf8').catch(() => 'null'))).data
  if (
    before &&
    before.owner !== process.pid &&
    isAlive(before.owner) &&
    /pokepedia|cli|node/.test(await commandOf(before.owner))
  )
    throw new Error(
      `process ${before.owner} runs the stack in ${directory}; stop it first, or choose another --directory`,
    )
  for (const [name, pid] of Object.entries(before?.children ?? {})) {
    if (!isAlive(pid) || !(await commandOf(pid)).includes(directory)) continue
    onProgress(`ending ${name} (pid ${pid}), which a killed start left behind`)
    await endProcess(pid)
  }
  const record = (children: Readonly<Record<string, number>>): Promise<void> =>
    writeFile(file, JSON.stringify({ owner: process.pid, children }))
  await record({})
  return { record, remove: () => rm(file, { force: true }) }
}
