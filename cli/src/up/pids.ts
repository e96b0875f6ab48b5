import { readFile, rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { identityOf, isRunning, type ProcessIdentity, processIdentity } from '@pokepedia/stack'
import { z } from 'zod'
import type { Layout } from './layout.ts'
import { writePrivate } from './write-private.ts'

const recorded = z.array(processIdentity.extend({ name: z.string() }))

const GRACE_MS = 5_000

/** Keeps the file of running processes up to date, for the start after an `up` that was killed. */
export const recordPids = async (layout: Layout, running: Readonly<Record<string, number>>): Promise<void> => {
  const rows = Object.entries(running).flatMap(([name, pid]) => {
    const identity = identityOf(pid)
    return identity ? [{ name, ...identity }] : []
  })
  await writePrivate(layout.pids, rows)
}

/** Sends a signal to a process group, or to the process alone when it leads none. A process that is gone is fine. */
export const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal)
      return
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}

const readRecorded = async (layout: Layout): Promise<(ProcessIdentity & { name: string })[]> => {
  const text = await readFile(layout.pids, 'utf8').catch(() => '[]')
  return recorded.parse(JSON.parse(text))
}

/**
 * Ends what an `up` that was killed left running: recorded processes whose start time still matches.
 * Returns their names. Call only while holding the directory.
 */
export const endLeftovers = async (layout: Layout): Promise<string[]> => {
  const left = (await readRecorded(layout)).filter(isRunning)
  for (const { pid } of left) signalGroup(pid, 'SIGTERM')
  const deadline = Date.now() + GRACE_MS
  while (left.some(isRunning) && Date.now() < deadline) await wait(50)
  for (const identity of left.filter(isRunning)) signalGroup(identity.pid, 'SIGKILL')
  while (left.some(isRunning) && Date.now() < deadline + GRACE_MS) await wait(50)
  await rm(layout.pids, { force: true })
  return left.map(({ name }) => name)
}
