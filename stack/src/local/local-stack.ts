import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Child } from './child.ts'
import type { ComponentName, Progress, StackAddresses } from './component.ts'
import { resolveDownloads } from './downloads.ts'
import { startKafka } from './kafka.ts'
import { takeOver } from './leftovers.ts'
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
  /** Ends all four, registry and S3 first; takes at most 12 s. */
  stop(): Promise<void>
  /** Tells of a component that ends without being asked to. */
  onExit(listener: (component: string, detail: string) => void): void
}

const BUCKET = 'sprites'
const STOP_MS = 5_000

/** Waits for all; when one fails, those that started are stopped before its error is thrown. */
const allOrNone = async (starting: readonly Promise<Child>[]): Promise<Child[]> => {
  const results = await Promise.allSettled(starting)
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failure = results.find((result) => result.status === 'rejected')
  if (!failure) return started
  await Promise.all(started.map((child) => child.stop('SIGTERM', STOP_MS)))
  throw failure.reason
}

/** Starts the stack and waits until all four components answer. Throws an Error that says what to do. */
export const startLocalStack = async (options: LocalStackOptions): Promise<LocalStack> => {
  const directory = resolve(options.directory)
  const { onProgress } = options
  const signal = options.signal ?? new AbortController().signal
  await mkdir(join(directory, 'logs'), { recursive: true })
  const pidFile = await takeOver(directory, onProgress)
  const jars = await resolveDownloads(resolve(options.downloads ?? join(directory, 'downloads')), onProgress, signal)
  const secrets = await secretsOf(directory)
  const ports = await choosePorts(directory, ['kafka', 'kafkaController', 'registry', 'postgres', 's3'], options.ports)
  const own = (name: ComponentName) => ({
    directory: join(directory, name),
    logFile: join(directory, 'logs', `${name}.log`),
    onProgress,
    signal,
  })

  onProgress('starting Kafka, the schema registry, PostgreSQL and the S3 server')
  const s3 = { accessKey: secrets.s3AccessKey, secretKey: secrets.s3SecretKey, bucket: BUCKET }
  const children = await allOrNone([
    startKafka({ ...own('kafka'), jars: jars.kafka, port: ports.kafka, controllerPort: ports.kafkaController }),
    startRegistry({ ...own('registry'), jars: jars.registry, port: ports.registry }),
    startPostgres({ ...own('postgres'), port: ports.postgres, password: secrets.postgresPassword }),
    startS3({ ...own('s3'), jars: jars.s3, port: ports.s3, ...s3 }),
  ])
  const pids = Object.fromEntries(children.map(({ name, pid }) => [name, pid]))
  await pidFile.record(pids)

  let stopping = false
  const listeners: ((component: string, detail: string) => void)[] = []
  for (const child of children)
    void child.ended.then((detail) => {
      if (!stopping) for (const listener of listeners) listener(child.name, detail)
    })

  return {
    addresses: {
      kafka: `127.0.0.1:${ports.kafka}`,
      schemaRegistry: registryUrl(ports.registry),
      postgres: postgresUrl(ports.postgres, secrets.postgresPassword),
      s3: { endpoint: `http://127.0.0.1:${ports.s3}`, ...s3 },
    },
    pids,
    onExit: (listener) => void listeners.push(listener),
    async stop() {
      stopping = true
      // The registry and the S3 server first: nothing of ours depends on them any more.
      for (const names of [
        ['registry', 's3'],
        ['kafka', 'postgres'],
      ])
        await Promise.all(
          children
            .filter(({ name }) => names.includes(name))
            // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
            .map((child) => child.stop(child.name === 'postgres' ? 'SIGINT' : 'SIGTERM', STOP_MS)),
        )
      await pidFile.remove()
    },
  }
}
