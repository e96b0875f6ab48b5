import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '@pokepedia/errors'
import type { Child } from './child.ts'
import type { ComponentOptions, Progress } from './component.ts'
import { type Downloads, JAVA_COMPONENTS, type JavaComponent } from './downloads.ts'
import type { JavaProgram } from './java.ts'
import { startKafka } from './kafka.ts'
import { choosePorts } from './ports.ts'
import { startRegistry } from './registry.ts'
import { startS3 } from './s3.ts'

/** What each Java component is started from. */
export type JavaPrograms = Readonly<Record<JavaComponent, JavaProgram>>

const PORTS = [...JAVA_COMPONENTS, 'kafkaController'] as const
/** It writes its archive when it is asked to end, in 2 to 6 s of an idle machine. */
const ARCHIVING_MS = 120_000

const run = promisify(execFile)

/** A JVM takes no archive but its own. */
const nameOfArchive = async (): Promise<string> => {
  const { stdout, stderr } = await run('java', ['-version'])
  const version = createHash('sha256').update(`${stdout}${stderr}`).digest('hex').slice(0, 8)
  return `classes-${version}.jsa`
}

type TrialOptions = ComponentOptions & JavaProgram & { readonly controllerPort: number }

const TRIALS: Readonly<Record<JavaComponent, (options: TrialOptions) => Promise<Child>>> = {
  kafka: (options) => startKafka({ ...options, proxied: undefined, secured: undefined }),
  registry: (options) => startRegistry({ ...options, secured: undefined }),
  s3: (options) =>
    startS3({ ...options, accessKey: 'local', secretKey: 'local-secret', bucket: 'sprites', secured: undefined }),
}

/** Puts an archive beside the jars, whole or not at all, a power cut included: with half of one the JVM crashes. */
const putBeside = async (made: string, archive: string): Promise<void> => {
  const partial = `${archive}.partial-${process.pid}`
  await copyFile(made, partial)
  const file = await open(partial, 'r+')
  await file.sync().finally(() => file.close())
  await rename(partial, archive)
}

/** Starts a component on nothing, ends it, and keeps the classes that it had loaded. */
const makeArchive = async (
  component: JavaComponent,
  archive: string,
  options: Omit<TrialOptions, keyof JavaProgram>,
): Promise<void> => {
  const jars = dirname(archive)
  const made = `${options.directory}.jsa`
  const classFlags = [`-XX:ArchiveClassesAtExit=${made}`]
  const child = await TRIALS[component]({ ...options, jars, classFlags })
  await child.stop(ARCHIVING_MS)
  const end = await child.ended
  if (!end.startsWith('exit code')) throw new Error(`${component} was ${end} before it had written its classes`)
  for (const name of await readdir(jars)) if (name.endsWith('.jsa')) await rm(join(jars, name), { force: true })
  // A JVM that has no archive of its own classes makes none of others; an empty file says so to later starts.
  if (existsSync(made)) await putBeside(made, archive)
  else await writeFile(archive, '')
}

const flagsOf = (archive: string): string[] => {
  const size = statSync(archive, { throwIfNoEntry: false })?.size ?? 0
  return size > 0 ? [`-XX:SharedArchiveFile=${archive}`] : []
}

export interface ClassArchiveOptions {
  readonly stackDirectory: string
  readonly onProgress: Progress
  readonly signal: AbortSignal
}

const makeArchives = async (
  archives: ReadonlyMap<JavaComponent, string>,
  { stackDirectory, onProgress, signal }: ClassArchiveOptions,
): Promise<void> => {
  onProgress('noting which classes Kafka, the registry and the S3 server load, to start them sooner (once, about 15 s)')
  const scratch = join(stackDirectory, 'classes')
  await rm(scratch, { recursive: true, force: true })
  await mkdir(scratch, { recursive: true })
  const ports = await choosePorts(scratch, PORTS)
  const making = [...archives].map(([component, archive]) => {
    const directory = join(scratch, component)
    return makeArchive(component, archive, {
      stackDirectory,
      directory,
      logFile: `${directory}.log`,
      port: ports[component],
      controllerPort: ports.kafkaController,
      onProgress,
      signal,
    })
  })
  const results = await Promise.allSettled(making)
  await rm(scratch, { recursive: true, force: true })
  signal.throwIfAborted()
  for (const result of results)
    if (result.status === 'rejected') onProgress(`starting without such notes: ${messageOf(result.reason)}`)
}

/**
 * What the Java components are started from: jars, and flags that name an archive of the classes that each loads as it
 * starts, parsed and verified already (class data sharing, JEP 350; see docs/decisions/032). Archives lie beside the jars
 * and are made when there are none of this JVM. A component whose archive can't be made starts without one.
 */
export const withClassArchives = async (jars: Downloads, options: ClassArchiveOptions): Promise<JavaPrograms> => {
  const name = await nameOfArchive()
  const archiveOf = (component: JavaComponent): string => join(jars[component], name)
  const missing = JAVA_COMPONENTS.filter((component) => !existsSync(archiveOf(component)))
  if (missing.length > 0)
    await makeArchives(new Map(missing.map((component) => [component, archiveOf(component)])), options)
  const programOf = (component: JavaComponent): JavaProgram => ({
    jars: jars[component],
    classFlags: flagsOf(archiveOf(component)),
  })
  return { kafka: programOf('kafka'), registry: programOf('registry'), s3: programOf('s3') }
}
