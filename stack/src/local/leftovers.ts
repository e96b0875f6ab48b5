import { setTimeout as delay } from 'node:timers/promises'
import type { Progress } from './component.ts'
import { backendsOf, isRunning, type ProcessIdentity, processesOf } from './processes.ts'

const GRACE_MS = 5_000

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ESRCH') return
    throw new Error(`process ${pid} of an earlier start is still running, and can't be ended from here: end it first`, {
      cause: error,
    })
  }
}

const untilGone = async (processes: readonly ProcessIdentity[], deadline: number): Promise<ProcessIdentity[]> => {
  for (;;) {
    const left = processes.filter(isRunning)
    if (left.length === 0 || Date.now() > deadline) return left
    await delay(50)
  }
}

/** Ends what a start that was killed left running in the directory. Call only while holding it. */
export const endLeftovers = async (stackDirectory: string, onProgress: Progress): Promise<void> => {
  const found = processesOf(stackDirectory)
  if (found.length === 0) return
  onProgress(
    `ending ${found.length} processes that a killed start left behind: ${found.map(({ pid }) => pid).join(' ')}`,
  )
  // SIGINT is PostgreSQL's fast shutdown (SIGTERM would wait for its clients); a JVM takes both alike.
  for (const { pid } of found) signal(pid, 'SIGINT')
  const stubborn = await untilGone(found, Date.now() + GRACE_MS)
  for (const { pid } of stubborn) signal(pid, 'SIGKILL')
  const left = await untilGone(stubborn, Date.now() + GRACE_MS)
  if (left.length > 0) throw new Error(`process ${left[0]?.pid} of an earlier start does not end; end it first`)
}

/**
 * Ends PostgreSQL's children after their postmaster was killed: a new one refuses to start while one of them holds the
 * old one's shared memory. They notice by themselves, but not in the middle of a statement.
 */
export const endBackends = async (stackDirectory: string): Promise<void> => {
  const orphans = backendsOf(stackDirectory)
  for (const { pid } of orphans) signal(pid, 'SIGKILL')
  await untilGone(orphans, Date.now() + GRACE_MS)
}
