import { join } from 'node:path'
import { failure } from '../failure.ts'
import { SERVICE_NAMES, type ServiceName, type StackJson } from '../stack-json.ts'
import { serviceEnvironment } from './environment.ts'
import { type Layout, projectRoot } from './layout.ts'
import { logTail } from './log-tail.ts'
import type { Parts, ProcessName } from './parts.ts'
import { CRASH_LOOP, waitUntilReady } from './readiness.ts'
import type { Remembered } from './remembered.ts'
import { revisionSetting } from './revision.ts'
import { keepRunning, type ServiceProcess } from './service-process.ts'
import { sampleArguments, sampleUrl, type UpstreamChoice } from './upstream.ts'

export type Addresses = Omit<StackJson, 'services'>

type Environment = Readonly<Record<string, string>>
/** Settings of every service, or of each by its name: asked for when the stack is up, and before the service starts. */
export type Settings =
  | Environment
  | ((service: ServiceName, addresses: Addresses) => Environment | Promise<Environment>)

/** What the steps of a start share. */
export interface Start {
  readonly layout: Layout
  readonly parts: Parts
  readonly remembered: Remembered
  readonly say: (line: string) => void
  readonly onCrashLoop: (error: Error) => void
  /** Writes down what runs now. */
  readonly refresh: () => Promise<void>
  readonly signal: AbortSignal
}

/** V8's limits, in MB: of the heap, and of one half of its young part. */
interface Heap {
  readonly old: number
  readonly half: number
  /**
   * How far the old part may grow beyond what was alive, in percent, before all of it is searched for garbage. V8 counts
   * the bytes of buffers as growth, and with a small heap it grows little: with each batch of documents, or dozen of
   * images, everything was marked again. This alone was 20 % of an ingestor's CPU.
   */
  readonly growing?: number
}

const HEAPS: Readonly<Record<ProcessName, Heap>> = {
  seeder: { old: 96, half: 4 },
  ingestor: { old: 112, half: 8, growing: 300 },
  'sprite-fetcher': { old: 128, half: 8, growing: 300 },
  metrics: { old: 96, half: 8 },
  sample: { old: 160, half: 16 },
}

const flagsOf = ({ old, half, growing }: Heap): string[] => [
  `--max-old-space-size=${old}`,
  `--max-semi-space-size=${half}`,
  ...(growing === undefined ? [] : [`--heap-growing-percent=${growing}`]),
]

const READY_MS = 60_000

export const portOf = ({ ports }: Remembered, name: ProcessName): number => {
  const port = ports[name]
  if (port === undefined) throw new Error(`no port was chosen for ${name}`)
  return port
}

const startProcess = async (
  { layout, parts, say, onCrashLoop, refresh }: Start,
  name: ProcessName,
  command: { entry: string; args: readonly string[]; env: NodeJS.ProcessEnv },
): Promise<ServiceProcess> => {
  const logFile = join(layout.logs, `${name}.log`)
  const tellOfLoop = async (): Promise<void> => {
    const tail = await logTail(logFile)
    onCrashLoop(failure(`${name} ended ${CRASH_LOOP} times within a minute; the end of ${logFile}:\n${tail}`))
  }
  const process = keepRunning({
    ...command,
    name,
    entry: join(projectRoot, command.entry),
    logFile,
    nodeFlags: flagsOf(HEAPS[name]),
    onRestarted: () => void refresh().catch((error: Error) => say(`${name} runs again, but: ${error.message}`)),
    onDied: (how, exitsInLastMinute) => {
      say(`${name} ended (${how}); starting it again`)
      if (exitsInLastMinute === CRASH_LOOP) void tellOfLoop()
    },
  })
  parts.processes.set(name, process)
  await refresh()
  return process
}

/** Starts the sample server where one is wanted and returns the API root that the services copy. */
export const startUpstream = async (start: Start, choice: UpstreamChoice): Promise<string> => {
  if (choice.kind === 'url') return choice.url
  const port = portOf(start.remembered, 'sample')
  start.say(
    `starting the sample upstream (${choice.kind === 'sample' ? `${choice.pokemon} pokemon` : choice.directory})`,
  )
  const sample = await startProcess(start, 'sample', {
    entry: 'stack/dist/src/sample/main.js',
    args: sampleArguments(choice, port),
    env: process.env,
  })
  await waitUntilReady(sample, sampleUrl(port), READY_MS, start.signal)
  return sampleUrl(port)
}

/** Starts the four services and waits until each is ready. */
export const startServices = async (start: Start, addresses: Addresses, settings: Settings): Promise<void> => {
  start.say(`starting ${SERVICE_NAMES.join(', ')}`)
  // When one can't come up, the others are not waited for.
  const failing = new AbortController()
  const signal = AbortSignal.any([start.signal, failing.signal])
  const revision = revisionSetting()
  const started = SERVICE_NAMES.map(async (name) => {
    const port = portOf(start.remembered, name)
    const own = typeof settings === 'function' ? await settings(name, addresses) : settings
    const service = await startProcess(start, name, {
      entry: `services/${name}/dist/src/main.js`,
      args: [],
      env: {
        ...serviceEnvironment(addresses, port),
        SEEDER_URL: `http://127.0.0.1:${portOf(start.remembered, 'seeder')}/`,
        ...revision,
        OTEL_SERVICE_NAME: `pokepedia-${name}`,
        ...own,
      },
    })
    await waitUntilReady(service, `http://127.0.0.1:${port}/readyz`, READY_MS, signal)
  })
  await Promise.all(started).catch((error: unknown) => {
    failing.abort()
    throw error
  })
}
