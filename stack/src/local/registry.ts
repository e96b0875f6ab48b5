import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Child, startChild, untilReady } from './child.ts'

export interface RegistryOptions {
  readonly directory: string
  readonly jars: string
  readonly port: number
  readonly logFile: string
  readonly signal: AbortSignal
}

/** The Confluent-compatible root of an Apicurio registry. */
export const registryUrl = (port: number): string => `http://127.0.0.1:${port}/apis/ccompat/v7`

/**
 * Starts Apicurio Registry on a file of its embedded H2 database: records in Kafka name schemas by id, so ids must
 * outlive a restart. WRITE_DELAY=0 writes each commit at once, so that a kill loses none.
 */
export const startRegistry = async ({ directory, jars, port, logFile, signal }: RegistryOptions): Promise<Child> => {
  await mkdir(directory, { recursive: true })
  const [runner] = (await readdir(jars)).filter((name) => name.endsWith('-runner.jar'))
  if (!runner) throw new Error(`${jars} holds no registry; delete it and start again`)
  await writeFile(logFile, '')
  const child = await startChild('registry', {
    command: 'java',
    args: [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      `-Dquarkus.http.port=${port}`,
      '-Dquarkus.http.host=127.0.0.1',
      '-jar',
      join(jars, runner),
    ],
    cwd: directory,
    env: {
      ...process.env,
      REGISTRY_DATASOURCE_URL: `jdbc:h2:file:${join(directory, 'schemas')};WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE`,
      LOG_LEVEL: 'WARN',
    },
    logFile,
  })
  await untilReady(child, {
    logFile,
    signal,
    probe: async () => {
      const answer = await fetch(`${registryUrl(port)}/subjects`, { signal: AbortSignal.timeout(2_000) })
      await answer.arrayBuffer()
      if (!answer.ok) throw new Error(`the registry answers ${answer.status}`)
    },
  })
  return child
}
