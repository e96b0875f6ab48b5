import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { serviceEnvironment } from '@pokepedia/cli'
import type { Arena } from './arena.ts'

const main = fileURLToPath(new URL('../../../services/ingestor/dist/src/main.js', import.meta.url))

type Settings = Readonly<Record<string, string>>

/** One more ingestor beside the deployment's own, which nobody starts again. */
export interface Ingestor extends AsyncDisposable {
  readonly process: ChildProcess
}

/** Starts one more ingestor; it may not have joined its group yet. */
export const anotherIngestor = ({ deployment }: Arena, settings: Settings = {}): Ingestor => {
  const env = { ...serviceEnvironment(deployment.stack, 0), ...settings }
  const child = spawn(process.execPath, [main], { env, stdio: 'ignore' })
  return {
    process: child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
