import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { serviceEnvironment } from '@pokepedia/cli'
import { liveInstances } from '@pokepedia/storage'
import type { Arena } from './arena.ts'

const main = fileURLToPath(new URL('../../../services/ingestor/dist/src/main.js', import.meta.url))
const LOOK_EVERY_MS = 250
const JOINED_WITHIN_MS = 60_000

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

/** Waits until so many ingestors each read their part of a topic. */
export const untilShared = async ({ store }: Arena, topic: string, ingestors: number): Promise<void> => {
  for (const end = Date.now() + JOINED_WITHIN_MS; ; await delay(LOOK_EVERY_MS)) {
    const reading = (await liveInstances(store)).filter(
      ({ service, partitions }) => service === 'ingestor' && (partitions[topic] ?? []).length > 0,
    )
    if (reading.length === ingestors) return
    if (Date.now() > end) throw new Error(`${reading.length} ingestors read ${topic}, ${ingestors} should`)
  }
}
