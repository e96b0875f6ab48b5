import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { startInstance } from '@pokepedia/cli'
import type { Arena } from './arena.ts'

/** One more ingestor beside the deployment's own, which nobody starts again. */
export interface Ingestor extends AsyncDisposable {
  readonly process: ChildProcess
}

/** Starts one more ingestor; it may not have joined its group yet. */
export const anotherIngestor = ({ deployment }: Arena, settings?: Readonly<Record<string, string>>): Ingestor => {
  const child = startInstance('ingestor', deployment.stack, settings)
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
