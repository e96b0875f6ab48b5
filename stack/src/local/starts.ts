import { join, resolve } from 'node:path'
import type { Child } from './child.ts'
import { withClassArchives } from './class-archives.ts'
import type { ComponentName, ComponentOptions, StackAddresses } from './component.ts'
import { resolveDownloads } from './downloads.ts'
import { startKafka } from './kafka.ts'
import { startMinio } from './minio.ts'
import { type LocalStackOptions, STACK_PORTS } from './options.ts'
import { choosePorts } from './ports.ts'
import { postgresUrl, startPostgres } from './postgres.ts'
import { registryUrl, startRegistry } from './registry.ts'
import { startS3 } from './s3.ts'
import { secretsOf } from './secrets.ts'

/** Starts a component, for the first time or again; the signal gives up the start. */
export type Start = (signal: AbortSignal) => Promise<Child>

const BUCKET = 'sprites'

/** Fetches the jars, chooses ports and passwords, and tells how each component is started and where it will be. */
export const prepareStarts = async (
  directory: string,
  options: LocalStackOptions,
  given: AbortSignal,
): Promise<{ starts: Readonly<Record<ComponentName, Start>>; addresses: StackAddresses }> => {
  const { onProgress, kafkaProxy, secured } = options
  const jars = await resolveDownloads(resolve(options.downloads ?? join(directory, 'downloads')), onProgress, given)
  const java = await withClassArchives(jars, { stackDirectory: directory, onProgress, signal: given })
  const { postgresPassword: password, s3AccessKey, s3SecretKey } = await secretsOf(directory)
  const ports = await choosePorts(directory, STACK_PORTS, options.ports)
  const proxied = kafkaProxy === undefined ? undefined : { port: ports.kafkaProxied, proxy: kafkaProxy }
  const s3 = { accessKey: s3AccessKey, secretKey: s3SecretKey, bucket: BUCKET }
  const common = (name: ComponentName, signal: AbortSignal): ComponentOptions => ({
    stackDirectory: directory,
    directory: join(directory, name),
    logFile: join(directory, 'logs', `${name}.log`),
    port: ports[name],
    onProgress,
    signal,
  })
  return {
    starts: {
      kafka: (signal) =>
        startKafka({
          ...common('kafka', signal),
          ...java.kafka,
          ...{ controllerPort: ports.kafkaController, proxied, secured },
        }),
      registry: (signal) => startRegistry({ ...common('registry', signal), ...java.registry, secured }),
      postgres: (signal) => startPostgres({ ...common('postgres', signal), password, secured }),
      s3: (signal) => {
        const account = { ...common('s3', signal), ...s3 }
        return options.s3 === 'minio' ? startMinio(account) : startS3({ ...account, ...java.s3, secured })
      },
    },
    addresses: {
      kafka: `127.0.0.1:${ports.kafka}`,
      schemaRegistry: registryUrl(ports.registry),
      postgres: postgresUrl(ports.postgres, password),
      s3: { endpoint: `http://127.0.0.1:${ports.s3}`, ...s3 },
    },
  }
}
