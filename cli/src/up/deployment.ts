import { mkdir } from 'node:fs/promises'
import { type LocalStackOptions, startLocalStack } from '@pokepedia/stack'
import type { StackJson } from '../stack-json.ts'
import { emptyDirectory } from './fresh.ts'
import { type Addresses, portOf, type Settings, type Start, startServices, startUpstream } from './launch.ts'
import { type Layout, layoutOf } from './layout.ts'
import { holdDirectory } from './lock.ts'
import { killParts, type Parts, PROCESS_NAMES, pidsOf, stopParts } from './parts.ts'
import { endLeftovers } from './pids.ts'
import { type Remembered, remember } from './remembered.ts'
import { careForStack, type StackCare } from './stack-care.ts'
import { openStateFiles } from './state-files.ts'
import { mediaRootOf, type UpstreamChoice } from './upstream.ts'

export interface DeploymentOptions {
  /** Where all state is kept; `.local` in the checkout unless given. */
  readonly directory?: string | undefined
  readonly upstream: UpstreamChoice
  /** Empties the directory first; the downloaded jars stay. */
  readonly fresh?: boolean
  /** Settings for the services, over the caller's own environment and over the addresses. */
  readonly settings?: Settings | undefined
  readonly kafkaProxy?: LocalStackOptions['kafkaProxy']
  readonly secured?: LocalStackOptions['secured']
  readonly ports?: LocalStackOptions['ports']
  readonly s3?: LocalStackOptions['s3']
  /** Gets a line for people. */
  readonly onProgress?: (line: string) => void
  /**
   * Called when something ended that may not come back: `service` for one that ended five times within a minute and
   * is still being started again, `stack` for a component of the stack that is no longer.
   */
  readonly onBroken?: (error: Error, what: 'service' | 'stack') => void
  /** Gives up the start. */
  readonly signal?: AbortSignal
  /** Ends everything at once with SIGKILL; a running `stop` then comes to its end. */
  readonly killSignal?: AbortSignal
}

/** The local stack, the upstream and the four services, running. */
export interface Deployment {
  readonly layout: Layout
  /** What stack.json says now; a service that was started again has another pid. */
  readonly stack: StackJson
  /** The pids of everything that runs now, by name. */
  readonly pids: Readonly<Record<string, number>>
  /** For tests of outages. */
  readonly care: StackCare
  /** Ends everything in order within 15 s and gives the directory back. */
  stop(): Promise<void>
}

const servicesOf = (parts: Parts, remembered: Remembered): StackJson['services'] => {
  const service = (name: keyof StackJson['services']) => ({
    url: `http://127.0.0.1:${portOf(remembered, name)}`,
    pid: parts.processes.get(name)?.pid ?? -1,
  })
  return {
    seeder: service('seeder'),
    ingestor: service('ingestor'),
    'sprite-fetcher': service('sprite-fetcher'),
    metrics: service('metrics'),
  }
}

/** Takes the directory over from whoever was killed in it, and empties it when asked. */
const prepare = async (layout: Layout, fresh: boolean, say: (line: string) => void): Promise<void> => {
  for (const name of await endLeftovers(layout)) say(`ended ${name}, which a killed start had left behind`)
  if (fresh) await emptyDirectory(layout)
  await mkdir(layout.logs, { recursive: true })
}

/**
 * Starts everything of a local deployment and waits until all of it is ready; what `pokepedia up` does before it
 * seeds. Fails with what to do about it, and leaves nothing running then.
 */
export const startDeployment = async (options: DeploymentOptions): Promise<Deployment> => {
  const say = options.onProgress ?? (() => undefined)
  const signal = options.signal ?? new AbortController().signal
  const layout = layoutOf(options.directory)
  const parts: Parts = { processes: new Map() }
  let stackJson: (() => StackJson) | undefined
  const giveBack = await holdDirectory(layout)
  const files = openStateFiles(
    layout,
    () => pidsOf(parts),
    () => stackJson?.(),
  )

  const stop = async (): Promise<void> => {
    await stopParts(parts)
    await files.remove()
    await giveBack()
  }

  options.killSignal?.addEventListener('abort', () => killParts(parts))

  try {
    await prepare(layout, options.fresh ?? false, say)
    const { directory, downloads } = layout
    const { kafkaProxy, secured, ports = {}, s3 } = options
    const given = { kafkaProxy, secured, ports, s3 }
    const stack = await startLocalStack({ directory, downloads, onProgress: say, signal, ...given })
    parts.stack = stack
    // Once the stack listens: it chooses its ports by itself, and a service must not have one of them.
    const remembered = await remember(layout, PROCESS_NAMES)
    const onBroken = (error: Error): void => options.onBroken?.(error, 'stack')
    const care = careForStack({ stack, layout, say, onRestarted: files.refresh, onBroken })
    const onCrashLoop = (error: Error): void => options.onBroken?.(error, 'service')
    const start: Start = { layout, parts, remembered, say, onCrashLoop, refresh: files.refresh, signal }
    const upstream = await startUpstream(start, options.upstream)
    const media = mediaRootOf(options.upstream, upstream)
    const addresses: Addresses = { ...stack.addresses, upstream, ...media, token: remembered.token }
    await startServices(start, addresses, options.settings ?? {})
    const currentStackJson = (): StackJson => ({ ...addresses, services: servicesOf(parts, remembered) })
    stackJson = currentStackJson
    await files.refresh()
    return {
      layout,
      get stack() {
        return currentStackJson()
      },
      get pids() {
        return pidsOf(parts)
      },
      care,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
