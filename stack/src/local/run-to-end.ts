import { spawn } from 'node:child_process'
import { messageOf } from '@pokepedia/errors'

const KEPT_OUTPUT = 16_000

export interface RunOptions {
  readonly cwd?: string
  /** Ends the program with SIGTERM. */
  readonly signal: AbortSignal
  /** Gets what the program prints, as it comes. */
  readonly onOutput?: (text: string) => void
}

/** Runs a program to its end; throws with the end of what it printed (at most 16,000 characters) when it fails. */
export const runToEnd = (command: string, args: readonly string[], options: RunOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    const { cwd, signal, onOutput } = options
    const child = spawn(command, args, { cwd, signal, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (text: string): void => {
      output = (output + text).slice(-KEPT_OUTPUT)
      onOutput?.(text)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    let failure: unknown
    child.once('error', (error) => {
      failure = signal.aborted ? signal.reason : new Error(`${command}: ${messageOf(error)}`, { cause: error })
    })
    // After `error` there is a `close` too; only then has an aborted program really ended.
    child.once('close', (code, killedBy) => {
      if (failure === undefined && code === 0) return resolve()
      reject(failure ?? new Error(output.trim() || `${command} ended with ${killedBy ?? `exit code ${code}`}`))
    })
  })
