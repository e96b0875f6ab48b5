import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '@pokepedia/errors'

/** A component's process. */
export interface Child {
  readonly name: string
  readonly pid: number
  /** Resolves with what it ended with, however it ended. */
  readonly ended: Promise<string>
  /** Asks it to end, and kills it after the deadline. Resolves when it has ended. */
  stop(deadlineMs: number): Promise<void>
}

export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
  /**
   * Written by the process itself: it goes on logging when its parent is killed. What was there is kept as
   * `….previous.log`, which tells why a component that was started again had ended.
   */
  readonly logFile: string
  /** What asks it to end in order. */
  readonly stopSignal: NodeJS.Signals
  /** Throws while the component is not ready. */
  readonly probe: () => Promise<void>
  /** Gives up the start. */
  readonly signal: AbortSignal
}

// Three JVMs start side by side in seconds; on a machine with a load of 20 it took them 45 s.
const READY_MS = 120_000
const PROBE_MS = 5_000
const STOP_UNREADY_MS = 3_000

/** Starts a process in a group of its own, so that a terminal's Ctrl-C reaches `pokepedia up` alone. */
const launch = async (name: string, options: ChildOptions): Promise<Child> => {
  const { command, args, cwd, env = process.env, logFile, stopSignal } = options
  if (existsSync(logFile)) renameSync(logFile, logFile.replace(/\.log$/, '.previous.log'))
  const log = openSync(logFile, 'w')
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`))
  })
  await Promise.race([once(child, 'spawn').catch(() => undefined), ended])
  const { pid } = child
  if (pid === undefined) throw new Error(`${name} could not be started: ${await ended}`)
  const stop = async (deadlineMs: number): Promise<void> => {
    child.kill(stopSignal)
    const late = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
    await ended
    clearTimeout(late)
  }
  return { name, pid, ended, stop }
}

const tail = (file: string): string =>
  existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-12).join('\n') : ''

const inTime = async (probe: () => Promise<void>): Promise<void> => {
  const waiting = new AbortController()
  const late = delay(PROBE_MS, undefined, { signal: waiting.signal }).then(() => {
    throw new Error(`no answer within ${PROBE_MS} ms`)
  })
  // The loser of the race is nobody's business any more.
  late.catch(() => undefined)
  await Promise.race([probe(), late]).finally(() => waiting.abort())
}

const untilReady = async (child: Child, { probe, logFile, signal }: ChildOptions): Promise<void> => {
  let end: string | undefined
  void child.ended.then((how) => {
    end = how
  })
  const deadline = Date.now() + READY_MS
  for (;;) {
    signal.throwIfAborted()
    if (end !== undefined) throw new Error(`${child.name} ended with ${end}; ${logFile} ends with:\n${tail(logFile)}`)
    const fault = await inTime(probe).then(
      () => undefined,
      (error: unknown) => messageOf(error),
    )
    if (fault === undefined) return
    if (Date.now() > deadline)
      throw new Error(
        `${child.name} was not ready within ${READY_MS / 1_000} s (${fault}); ${logFile} ends with:\n${tail(logFile)}`,
      )
    await delay(100)
  }
}

/**
 * Starts a component and waits up to 2 minutes until it answers. When it dies, does not answer in time or the start is
 * given up, the process is ended and the error holds the end of its log.
 */
export const startReady = async (name: string, options: ChildOptions): Promise<Child> => {
  const child = await launch(name, options)
  try {
    await untilReady(child, options)
    return child
  } catch (error) {
    await child.stop(STOP_UNREADY_MS)
    throw error
  }
}
