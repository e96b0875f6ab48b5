import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '@pokepedia/errors'
import type { Progress } from './component.ts'
import { runMaven } from './maven.ts'
import { identityOf } from './processes.ts'
import { runToEnd } from './run-to-end.ts'

const POM = fileURLToPath(new URL('../../../pom.xml', import.meta.url))
/** What of a local stack runs on a JVM. */
export const JAVA_COMPONENTS = ['kafka', 'registry', 's3'] as const
export type JavaComponent = (typeof JAVA_COMPONENTS)[number]
const PROFILES = { kafka: 'Kafka', registry: 'the schema registry', s3: 'the S3 server' } as const

/** Folders of jars, ready to run. */
export type Downloads = Readonly<Record<JavaComponent, string>>

// Its version is in the pom.
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin'
const PROGRESS_MS = 3_000

const unpackRegistry = async (folder: string, signal: AbortSignal): Promise<void> => {
  const archive = (await readdir(folder)).find((name) => name.endsWith('.tar.gz'))
  if (!archive) throw new Error('Maven delivered no registry archive')
  await runToEnd('tar', ['xzf', join(folder, archive), '-C', folder], { signal })
  await rm(join(folder, archive))
}

const copyJars = async (
  profile: JavaComponent,
  folder: string,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> => {
  const what = PROFILES[profile]
  let bytes = 0
  const soFar = (): string => (bytes < 1e6 ? ' …' : `: ${Math.round(bytes / 1e6)} MB`)
  onProgress(`downloading ${what} through Maven (once)`)
  const ticking = setInterval(() => onProgress(`downloading ${what}${soFar()}`), PROGRESS_MS)
  try {
    const goal = [`${PLUGIN}:copy-dependencies`, `-DoutputDirectory=${folder}`, '-DincludeScope=runtime']
    await runMaven(['-f', POM, '-P', profile, ...goal], signal, (total) => {
      bytes = total
    })
    if (profile === 'registry') await unpackRegistry(folder, signal)
  } catch (cause) {
    signal.throwIfAborted()
    throw new Error(
      `Maven could not fetch ${what}. Check the network and Maven's settings, then start again.\n${messageOf(cause)}`,
      { cause },
    )
  } finally {
    clearInterval(ticking)
  }
}

// Two starts may share a downloads folder: each fetches into a folder of its own, and the first to end wins.
const fetchProfile = async (
  profile: JavaComponent,
  target: string,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> => {
  const partial = `${target}.partial-${process.pid}`
  await mkdir(partial, { recursive: true })
  try {
    await copyJars(profile, partial, onProgress, signal)
    await rename(partial, target).catch((error) => {
      if (!existsSync(target)) throw error
    })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** Removes what other versions and killed downloads left. */
const tidy = async (directory: string, kept: readonly string[]): Promise<void> => {
  for (const name of await readdir(directory)) {
    const loader = Number(/\.partial-(\d+)$/.exec(name)?.[1])
    if (kept.includes(name) || (loader > 0 && identityOf(loader))) continue
    await rm(join(directory, name), { recursive: true, force: true })
  }
  await writeFile(join(directory, 'README'), 'Jars of the local stack, as stack/pom.xml names them. Safe to delete.\n')
}

/**
 * The jars of the Java components, fetched through Maven when they are not there. Each folder's name holds a hash of
 * `pom.xml` and the folder appears whole, so a changed version is fetched anew and half a download is never used.
 * Throws with Maven's reason.
 */
export const resolveDownloads = async (
  directory: string,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<Downloads> => {
  const pom = await readFile(POM)
  const version = createHash('sha256').update(pom).digest('hex').slice(0, 8)
  const folderOf = (profile: JavaComponent): string => join(directory, `${profile}-${version}`)
  const folders = { kafka: folderOf('kafka'), registry: folderOf('registry'), s3: folderOf('s3') }
  const missing = JAVA_COMPONENTS.filter((profile) => !existsSync(folders[profile]))
  if (missing.length === 0) return folders
  await mkdir(directory, { recursive: true })
  // One after the other: Maven's local repository is not made for several processes writing to it.
  for (const profile of missing) await fetchProfile(profile, folders[profile], onProgress, signal)
  await tidy(
    directory,
    Object.values(folders).map((folder) => basename(folder)),
  )
  return folders
}
