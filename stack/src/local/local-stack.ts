import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Child } from './child.ts'
import type { ComponentName, StackAddresses } from './component.ts'
import { holdDirectory } from './directory-lock.ts'
import { endBackends, endLeftovers } from './leftovers.ts'
import type { LocalStackOptions } from './options.ts'
import { prepareStarts, type Start } from './starts.ts'

/** Kafka, a schema registry, PostgreSQL and an S3 server, each a process of its own on this machine. */
export interface LocalStack {
  readonly addresses: StackAddresses
  /** By component name; of one that has ended, the number it had. */
  readonly pids: Readonly<Record<ComponentName, number>>
  /** Starts a component that has ended again, on its port and with its data. Throws when it does not come up. */
  restart(name: ComponentName): Promise<void>
  /** Ends all four within 12 s and gives the directory back. */
  stop(): Promise<void>
  /** Tells of a component that ends, or has ended, without being asked to. */
  onExit(listener: (component: ComponentName, detail: string) => void): void
}

const STOP_MS = 10_000
const NAMES = ['kafka', 'registry', 'postgres', 's3'] as const
type Children = Record<ComponentName, Child>

/** No component needs another one to end in order, so all are asked at once. */
const stopAll = async (children: readonly Child[]): Promise<void> => {
  await Promise.all(children.map((child) => child.stop(STOP_MS)))
}

/** Waits for all. When one fails the others are given up, and its error is thrown once every process has ended. */
const allOrNone = async (starts: Readonly<Record<ComponentName, Start>>, signal: AbortSignal): Promise<Children> => {
  const failed = new AbortController()
  const both = AbortSignal.any([signal, failed.signal])
  const starting = NAMES.map(async (name) => [name, await starts[name](both)] as const)
  for (const one of starting) one.catch((error: unknown) => failed.abort(error))
  const results = await Promise.allSettled(starting)
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (!failed.signal.aborted) return Object.fromEntries(started) as Children
  await stopAll(started.map(([, child]) => child))
  throw failed.signal.reason
}

const startAll = async (directory: string, options: LocalStackOptions, signal: AbortSignal) => {
  const { onProgress } = options
  await endLeftovers(directory, onProgress)
  const { starts, addresses } = await prepareStarts(directory, options, signal)
  onProgress('starting Kafka, the schema registry, PostgreSQL and the S3 server')
  return { starts, addresses, children: await allOrNone(starts, signal) }
}

/**
 * Starts the stack and waits until all four components answer. Throws an Error that says what to do, and leaves no
 * process then. What a start that was killed left behind, processes and half written files, is tidied up first.
 */
export const startLocalStack = async (options: LocalStackOptions): Promise<LocalStack> => {
  const signal = options.signal ?? new AbortController().signal
  await mkdir(join(options.directory, 'logs'), { recursive: true })
  // One directory, one name: processes are recognised by it.
  const directory = await realpath(options.directory)
  const giveBack = await holdDirectory(directory)
  const { children, starts, addresses } = await startAll(directory, options, signal).catch(async (error: unknown) => {
    await giveBack()
    throw error
  })
  const stopping = new AbortController()
  const listeners: ((component: ComponentName, detail: string) => void)[] = []
  const ended = new Map<ComponentName, string>()
  const restarts = new Set<Promise<void>>()

  const watch = (name: ComponentName, child: Child): void =>
    void child.ended.then((detail) => {
      if (stopping.signal.aborted) return
      ended.set(name, detail)
      for (const listener of listeners) listener(name, detail)
    })
  const startAgain = async (name: ComponentName): Promise<void> => {
    await children[name].ended
    if (name === 'postgres') await endBackends(directory)
    children[name] = await starts[name](stopping.signal)
    ended.delete(name)
    watch(name, children[name])
  }
  for (const name of NAMES) watch(name, children[name])

  return {
    addresses,
    get pids() {
      const { kafka, registry, postgres, s3 } = children
      return { kafka: kafka.pid, registry: registry.pid, postgres: postgres.pid, s3: s3.pid }
    },
    async restart(name) {
      const restart = startAgain(name)
      restarts.add(restart)
      await restart.finally(() => restarts.delete(restart))
    },
    onExit(listener) {
      listeners.push(listener)
      for (const [name, detail] of ended) listener(name, detail)
    },
    async stop() {
      stopping.abort(new Error('the stack is being stopped'))
      await Promise.allSettled(restarts)
      await stopAll(Object.values(children))
      await giveBack()
    },
  }
}
