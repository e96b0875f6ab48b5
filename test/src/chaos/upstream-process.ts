import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { FaultRule } from '@pokepedia/stack'

const entry = fileURLToPath(new URL('../../../../stack/dist/src/sample/main.js', import.meta.url))

/** The sample upstream in a process of its own, which nobody starts again but the test. */
export interface UpstreamProcess {
  /** The API root that clients see. */
  readonly url: string
  readonly pid: number
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>
  /** Starts it again, with the faults it began with; resolves when it answers. */
  start(): Promise<void>
}

export interface UpstreamProcessOptions {
  readonly port: number
  /** The port that documents name, where a proxy stands before the server. */
  readonly seenPort?: number
  readonly source: readonly string[]
  readonly faults?: readonly FaultRule[]
}

/** Starts the sample; it ends with the test file. */
export const startUpstream = async (options: UpstreamProcessOptions): Promise<UpstreamProcess> => {
  const { port, seenPort = port, source, faults = [] } = options
  const origin = `http://127.0.0.1:${seenPort}`
  const args = ['--port', String(port), '--origin', origin, '--faults', JSON.stringify(faults), ...source]
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
    const { stdout } = child
    if (stdout === null) throw new Error('the sample has no output')
    await once(stdout, 'data')
  }
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  await start()
  after(kill)
  return {
    url: `${origin}/api/v2/`,
    get pid() {
      return child?.pid ?? -1
    },
    kill,
    start,
  }
}
