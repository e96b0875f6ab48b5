import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../../../cli/dist/src/main.js', import.meta.url))

/** An empty directory for a deployment, removed with the scope. */
export const freshDirectory = async (): Promise<AsyncDisposable & { readonly path: string }> => {
  const path = await mkdtemp(join(tmpdir(), 'pokepedia-e2e-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** The `pokepedia` command, running. */
export interface Command extends AsyncDisposable {
  readonly process: ChildProcess
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves with the exit code; with −1 after a signal. */
  readonly exited: Promise<number>
}

export const pokepedia = (...args: readonly string[]): Command => pokepediaWith({}, ...args)

/** The command with these variables over the caller's own environment. */
export const pokepediaWith = (environment: Readonly<Record<string, string>>, ...args: readonly string[]): Command =>
  spawned(main, environment, args)

/** A script of the repository as a process, with these variables over the caller's own environment. */
export const spawned = (
  script: string,
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Command => {
  const env = { ...process.env, ...environment }
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const exited = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : -1))
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
    },
  }
}

/** What a file in a deployment's directory says; undefined while it is not there. */
export const readState = async (directory: string, name: string): Promise<string | undefined> =>
  readFile(join(directory, name), 'utf8').catch(() => undefined)

/** The pids of everything a deployment runs now, by its own record. */
export const pidsIn = async (directory: string): Promise<number[]> => {
  const text = (await readState(directory, 'processes.json')) ?? '[]'
  return [...text.matchAll(/"pid":\s*([0-9]+)/g)].map(([, pid]) => Number(pid))
}

export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
