import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { signalGroup } from './pids.ts'

export interface ProcessOptions {
  readonly name: string
  /** The compiled entry file. */
  readonly entry: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Both output streams are appended here. */
  readonly logFile: string
  readonly nodeFlags: readonly string[]
  /** Called after each start but the first; the pid has changed. */
  readonly onRestarted: () => void
  /** Called when the process ended without being asked to. `exitsInLastMinute` counts this one. */
  readonly onDied: (how: string, exitsInLastMinute: number) => void
}

/** A process that is started again when it dies. */
export interface ServiceProcess {
  readonly name: string
  readonly logFile: string
  /** The current process, or the last one until the next is started; −1 when none could be. */
  readonly pid: number
  /** Ends within the last minute that nobody asked for. */
  readonly exitsInLastMinute: number
  /** It ended with exit code 2: what it was given is wrong, another start won't help. */
  readonly isMisconfigured: boolean
  /** SIGTERM, and SIGKILL when it takes longer than `graceMs`. Not started again. */
  stop(graceMs: number): Promise<void>
  /** SIGKILL at once. */
  kill(): void
}

const FIRST_DELAY_MS = 500
const LAST_DELAY_MS = 5_000
const WINDOW_MS = 60_000
const MISCONFIGURED = 'exit code 2'

const launch = (options: ProcessOptions): ChildProcess => {
  const log = openSync(options.logFile, 'a')
  try {
    // In a group of its own, so that the terminal's Ctrl-C reaches `up` alone, which stops things in order.
    return spawn(process.execPath, [...options.nodeFlags, options.entry, ...options.args], {
      env: options.env,
      detached: true,
      stdio: ['ignore', log, log],
    })
  } finally {
    closeSync(log)
  }
}

const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })

/** Starts a Node process and keeps it running: 0.5 s after its first death, twice as long after each, at most 5 s. */
export const keepRunning = (options: ProcessOptions): ServiceProcess => {
  const deaths: number[] = []
  const stopping = new AbortController()
  let child = launch(options)
  let lastEnd: string | undefined

  const isRunning = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined && isRunning()) signalGroup(child.pid, name)
  }
  const recentDeaths = (): number => deaths.filter((at) => at > Date.now() - WINDOW_MS).length

  const supervise = async (): Promise<void> => {
    for (;;) {
      lastEnd = await endOf(child)
      if (stopping.signal.aborted) return
      deaths.push(Date.now())
      const count = recentDeaths()
      options.onDied(lastEnd, count)
      const delayMs = Math.min(LAST_DELAY_MS, FIRST_DELAY_MS * 2 ** (count - 1))
      await wait(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      child = launch(options)
      options.onRestarted()
    }
  }
  const supervised = supervise()

  return {
    name: options.name,
    logFile: options.logFile,
    get pid() {
      return child.pid ?? -1
    },
    get exitsInLastMinute() {
      return recentDeaths()
    },
    get isMisconfigured() {
      return lastEnd === MISCONFIGURED
    },
    kill() {
      stopping.abort()
      signal('SIGKILL')
    },
    async stop(graceMs) {
      stopping.abort()
      signal('SIGTERM')
      const timer = setTimeout(() => signal('SIGKILL'), graceMs)
      await supervised
      clearTimeout(timer)
    },
  }
}
