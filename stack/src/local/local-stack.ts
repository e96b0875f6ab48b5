import { mkdir, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Child } from './child.ts'
import type { ComponentName, ComponentOptions, Progress, StackAddresses } from './component.ts'
import { holdDirectory } from './directory-lock.ts'
import { resolveDownloads } from './downloads.ts'
import { startKafka } from './kafka.ts'
import { endLeftovers } from './leftovers.ts'
import { choosePorts } from './ports.ts'
import { postgresUrl, startPostgres } from './postgres.ts'
import { registryUrl, startRegistry } from './registry.ts'
import { startS3 } from './s3.ts'
import { secretsOf } from './secrets.ts'

export type StackPort = 'kafka' | 'kafkaController' | 'registry' | 'postgres' | 's3'

export interface LocalStackOptions {
  /** All state lives below it. */
  readonly directory: string
  /** Where the jars are kept; `<directory>/downloads` unless given. */
  readonly downloads?: string
  readonly onProgress: Progress
  readonly ports?: Partial<Record<StackPort, number>>
  /** Gives up the start. */
  readonly signal?: AbortSignal
}

/** Kafka, a schema registry, PostgreSQL and an S3 server, each a process of its own on this machine. */
export interface LocalStack {
  readonly addresses: StackAddresses
  /** By component name. */
  readonly pids: Readonly<Record<string, number>>
  /** Ends all four within 12 s and gives the directory back. */
  stop(): Promise<void>
  /** Tells of a component that ends, or has ended, without being asked to. */
  onExit(listener: (component: string, detail: string) => void): void
}

const BUCKET = 'sprites'
const STOP_MS = 10_000

/** No component needs another one to end in order, so all are asked at once. */
const stopAll = async (children: readonly Child[]): Promise<void> => {
  await Promise.all(children.map((child) => child.stop(STOP_MS)))
}

/** Waits for all. When one fails the others are given up, and its error is thrown once every process has ended. */
const allOrNone = async (
  start: (signal: AbortSignal) => readonly Promise<Child>[],
  signal: AbortSignal,
): Promise<Child[]> => {
  const failed = new AbortController()
  const starting = start(AbortSignal.any([signal, failed.signal]))
  for (const one of starting) one.catch((error: unknown) => failed.abort(error))
  const results = await Promise.allSettled(starting)
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (!failed.signal.aborted) return started
  await stopAll(started)
  throw failed.signal.reason
}

const startComponents = async (
  directory: string,
  options: LocalStackOptions,
  signal: AbortSignal,
): Promise<{ children: readonly Child[]; addresses: StackAddresses }> => {
  const { onProgress } = options
  await endLeftovers(directory, onProgress)
  const jars = await resolveDownloads(resolve(options.downloads ?? join(directory, 'downloads')), onProgress, signal)
  const secrets = await secretsOf(directory)
  const ports = await choosePorts(directory, ['kafka', 'kafkaController', 'registry', 'postgres', 's3'], options.ports)
  const s3 = { accessKey: secrets.s3AccessKey, secretKey: secrets.s3SecretKey, bucket: BUCKET }

  onProgress('starting Kafka, the schema registry, PostgreSQL and the S3 server')
  const children = await allOrNone((signal) => {
    const common = (name: ComponentName): ComponentOptions => ({
      stackDirectory: directory,
      directory: join(directory, name),
      logFile: join(directory, 'logs', `${name}.log`),
      port: ports[name],
      onProgress,
      signal,
    })
    return [
      startKafka({ ...common('kafka'), jars: jars.kafka, controllerPort: ports.kafkaController }),
      startRegistry({ ...common('registry'), jars: jars.registry }),
      startPostgres({ ...common('postgres'), password: secrets.postgresPassword }),
      startS3({ ...common('s3'), jars: jars.s3, ...s3 }),
    ]
  }, signal)
  return {
    children,
    addresses: {
      kafka: `127.0.0.1:${ports.kafka}`,
      schemaRegistry: registryUrl(ports.registry),
      postgres: postgresUrl(ports.postgres, secrets.postgresPassword),
      s3: { endpoint: `http://127.0.0.1:${ports.s3}`, ...s3 },
    },
  }
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
  const { children, addresses } = await startComponents(directory, options, signal).catch(async (error: unknown) => {
    await giveBack()
    throw error
  })
  let stopping = false
  return {
    addresses,
    pids: Object.fromEntries(children.map(({ name, pid }) => [name, pid])),
    onExit(listener) {
      for (const child of children)
        void child.ended.then((detail) => {
          if (!stopping) listener(child.name, detail)
        })
    },
    async stop() {
      stopping = true
      await stopAll(children)
      await giveBack()
    },
  }
}
