import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '@pokepedia/errors'

/** A component's process. */
export interface Child {
  readonly name: string
  readonly pid: number
  /** Resolves with what it ended with, however it ended. */
  readonly ended: Promise<string>
  readonly running: boolean
  /** Asks it to end, and kills it after the deadline. */
  stop(signal: NodeJS.Signals, deadlineMs: number): Promise<void>
}

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
  /** stdout and stderr are appended here. */
  readonly logFile: string
}

const tail = (file: string, lines: number): string =>
  existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : ''

/** Starts a process in a group of its own, so that a terminal's Ctrl-C reaches `pokepedia up` alone. */
export const startChild = async (name: string, options: ChildOptions): Promise<Child> => {
  const child: ChildProcess = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const log = createWriteStream(options.logFile, { flags: 'a' })
  child.stdout?.pipe(log, { end: false })
  child.stderr?.pipe(log, { end: false })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`))
  })
  let running = true
  void ended.then(() => {
    running = false
  })
  await Promise.race([once(child, 'spawn').catch(() => undefined), ended])
  if (child.pid === undefined) throw new Error(`${name} could not be started: ${await ended}`)
  return {
    name,
    pid: child.pid,
    ended,
    get running() {
      return running
    },
    async stop(signal, deadlineMs) {
      if (!running) return
      child.kill(signal)
      const late = await Promise.race([ended.then(() => false), delay(deadlineMs, true, { ref: false })])
      if (late) child.kill('SIGKILL')
      await ended
    },
  }
}

export interface Readiness {
  /** Throws while the component is not ready. */
  readonly probe: () => Promise<void>
  readonly logFile: string
  readonly signal: AbortSignal
  readonly deadlineMs?: number
}

/** Waits until a component answers; throws with the end of its log when it dies or the deadline passes. */
export const untilReady = async (
  child: Child,
  { probe, logFile, signal, deadlineMs = 60_000 }: Readiness,
): Promise<void> => {
  const end = Date.now() + deadlineMs
  for (let last = 'no answer yet'; ; ) {
    signal.throwIfAborted()
    if (!child.running)
      throw new Error(`${child.name} ended with ${await child.ended}; ${logFile} ends with:\n${tail(logFile, 12)}`)
    try {
      return await probe()
    } catch (error) {
      last = messageOf(error)
    }
    if (Date.now() > end)
      throw new Error(
        `${child.name} was not ready within ${deadlineMs / 1_000} s (${last}); ${logFile} ends with:\n${tail(logFile, 12)}`,
      )
    await delay(100)
  }
}
