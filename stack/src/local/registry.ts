import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Child, startReady } from './child.ts'
import type { ComponentOptions } from './component.ts'
import { type JavaProgram, javaFlags, QUICK_START } from './java.ts'
import { type Secured, securedRegistry } from './secured.ts'

export interface RegistryOptions extends ComponentOptions, JavaProgram {
  /** HTTPS beside HTTP. */
  readonly secured: Secured | undefined
}

/** The Confluent-compatible root of an Apicurio registry. */
export const registryUrl = (port: number): string => `http://127.0.0.1:${port}/apis/ccompat/v7`

const answers = async (url: string): Promise<void> => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) })
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`the registry answers ${answer.status}`)
}

/**
 * Starts Apicurio Registry on a file of its embedded H2 database: records in Kafka name schemas by id, so ids must
 * outlive a restart. WRITE_DELAY=0 writes each commit at once, so that a kill loses none.
 */
export const startRegistry = async (options: RegistryOptions): Promise<Child> => {
  const { stackDirectory, directory, jars, classFlags, port, secured, logFile, onProgress, signal } = options
  const runner = (await readdir(jars)).find((name) => name.endsWith('-runner.jar'))
  if (!runner) throw new Error(`${jars} holds no registry; delete it and start again`)
  // The first start makes the tables one by one; the marker says that it came to its end.
  const marker = join(directory, 'initialised')
  const database = join(directory, 'schemas')
  if (existsSync(`${database}.mv.db`) && !existsSync(marker)) {
    onProgress('schema registry: repairing a half made database')
    await rm(directory, { recursive: true })
  }
  await mkdir(directory, { recursive: true })
  const address = [`-Dquarkus.http.port=${port}`, '-Dquarkus.http.host=127.0.0.1']
  if (secured) address.push(...securedRegistry(secured))
  const child = await startReady('registry', {
    command: 'java',
    args: [...javaFlags(stackDirectory, 256), QUICK_START, ...classFlags, ...address, '-jar', join(jars, runner)],
    cwd: directory,
    env: {
      ...process.env,
      REGISTRY_DATASOURCE_URL: `jdbc:h2:file:${database};WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE`,
      LOG_LEVEL: 'WARN',
    },
    logFile,
    stopSignal: 'SIGTERM',
    signal,
    probe: () => answers(`${registryUrl(port)}/subjects`),
  })
  await writeFile(marker, '')
  return child
}
