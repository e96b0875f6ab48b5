import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Progress } from './component.ts'

const POM = fileURLToPath(new URL('../../../pom.xml', import.meta.url))
const PROFILES = { kafka: 'Kafka', registry: 'the schema registry', s3: 'the S3 server' } as const
type Profile = keyof typeof PROFILES

/** Folders of jars, ready to run. */
export type Downloads = Readonly<Record<Profile, string>>

const runQuietly = (command: string, args: readonly string[], signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], signal })
    let output = ''
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-4_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(output.trim() || `exit code ${code}`)),
    )
  })

const megabytesIn = async (folder: string): Promise<number> => {
  const names = await readdir(folder).catch(() => [])
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0),
  )
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1e6)
}

const unpackRegistry = async (folder: string, signal: AbortSignal): Promise<void> => {
  const [archive] = (await readdir(folder)).filter((name) => name.endsWith('.tar.gz'))
  if (!archive) throw new Error('Maven delivered no registry archive')
  await runQuietly('tar', ['xzf', join(folder, archive), '-C', folder], signal)
  await rm(join(folder, archive))
}

const fetchProfile = async (
  profile: Profile,
  target: string,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<void> => {
  const partial = `${target}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  const what = PROFILES[profile]
  onProgress(`downloading ${what} through Maven (once)`)
  const ticking = new AbortController()
  const ticker = async (): Promise<void> => {
    for (;;) {
      await delay(5_000, undefined, { signal: ticking.signal })
      const megabytes = await megabytesIn(partial)
      onProgress(megabytes > 0 ? `downloading ${what}: ${megabytes} MB here` : `downloading ${what} …`)
    }
  }
  const ticks = ticker().catch(() => undefined)
  try {
    const args = ['-q', '-B', '-f', POM, '-P', profile, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`]
    await runQuietly('mvn', [...args, '-DincludeScope=runtime'], signal)
    if (profile === 'registry') await unpackRegistry(partial, signal)
  } catch (cause) {
    signal.throwIfAborted()
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `Maven could not fetch ${what}. Check the network and Maven's settings, then start again.\n${reason}`,
      { cause },
    )
  } finally {
    ticking.abort()
    await ticks
  }
  await rm(target, { recursive: true, force: true })
  await rename(partial, target)
}

/**
 * The jars of the Java components, fetched through Maven when they are not there. Each folder's name holds a hash of
 * `pom.xml`, so a changed version is fetched anew and a half-fetched folder is never used.
 */
export const resolveDownloads = async (
  directory: string,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<Downloads> => {
  const version = createHash('sha256')
    .update(await readFile(POM))
    .digest('hex')
    .slice(0, 8)
  const folderOf = (profile: Profile): string => join(directory, `${profile}-${version}`)
  await mkdir(directory, { recursive: true })
  const missing = (['kafka', 'registry', 's3'] as const).filter((profile) => !existsSync(folderOf(profile)))
  await Promise.all(missing.map((profile) => fetchProfile(profile, folderOf(profile), onProgress, signal)))
  if (missing.length > 0) {
    const kept = new Set<string>(Object.keys(PROFILES).map((profile) => `${profile}-${version}`))
    for (const name of await readdir(directory))
      if (!kept.has(name)) await rm(join(directory, name), { recursive: true })
    await writeFile(
      join(directory, 'README'),
      'Jars of the local stack, as stack/pom.xml names them. Safe to delete.\n',
    )
  }
  return { kafka: folderOf('kafka'), registry: folderOf('registry'), s3: folderOf('s3') }
}
