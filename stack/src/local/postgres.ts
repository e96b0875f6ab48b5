import { existsSync } from 'node:fs'
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '@pokepedia/errors'
import pg from 'pg'
import { type Child, startReady } from './child.ts'
import type { ComponentOptions } from './component.ts'
import { type Account, accountForRoot } from './postgres-account.ts'
import { postgresPrograms } from './postgres-programs.ts'
import { isTaken, postgresData } from './processes.ts'
import { runToEnd } from './run-to-end.ts'
import type { Secured } from './secured.ts'

export interface PostgresOptions extends ComponentOptions {
  readonly password: string
  /** TLS for clients that ask for it. */
  readonly secured: Secured | undefined
}

const DATABASE = 'pokepedia'
const USER = 'pokepedia'

export const postgresUrl = (port: number, password: string, database = DATABASE): string =>
  `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`

// fsync and synchronous_commit stay on: a row's commit comes before its event's offset commit, so a row that a kill
// takes back would be missing for good. With synchronous_commit off, SIGKILL lost rows here each time. On took
// 2,900 commits of 2 KB a second on 32 connections of a busy machine with 2 cores, off 7,100.
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  // Fewer checkpoints for a bulk load, and still a recovery of seconds after a kill.
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  log_min_messages: 'warning',
}

const shellOf = (account: Account | undefined, args: readonly string[]): { command: string; args: string[] } => {
  const [command = '', ...rest] = [...(account?.prefix ?? []), ...args]
  return { command, args: rest }
}

// initdb writes many files; the marker says that it came to its end.
const initialiseOnce = async (
  { stackDirectory, directory, password, onProgress, signal }: PostgresOptions,
  initdb: string,
  account: Account | undefined,
): Promise<void> => {
  const data = postgresData(stackDirectory)
  const marker = join(directory, 'initialised')
  if (existsSync(marker)) return
  if (existsSync(data)) onProgress('PostgreSQL: repairing a half made data directory')
  await rm(data, { recursive: true, force: true })
  await mkdir(data, { mode: 0o700 })
  const passwordFile = join(directory, 'password')
  await rm(passwordFile, { force: true })
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  if (account) for (const path of [data, passwordFile]) await chown(path, account.uid, account.gid)
  const flags = ['-A', 'scram-sha-256', '-U', USER, '--encoding=UTF8', '--locale=C', '--no-sync']
  const { command, args } = shellOf(account, [initdb, '-D', data, `--pwfile=${passwordFile}`, ...flags])
  try {
    await runToEnd(command, args, { cwd: directory, signal })
  } catch (cause) {
    signal.throwIfAborted()
    throw new Error(`initdb failed: ${messageOf(cause)}`, { cause })
  } finally {
    await rm(passwordFile)
  }
  await writeFile(marker, '')
}

// PostgreSQL sees by itself that a postmaster.pid is stale, unless its number belongs to a stranger by now or to a
// zombie that nobody has reaped. No server of ours is left at this point; in every other case the file stays, since
// it is what keeps two servers from one data directory.
const forgetStranger = async (pidFile: string): Promise<void> => {
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10)
  if (pid > 0 && isTaken(pid)) await rm(pidFile)
}

const ensureDatabase = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 5_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}

/** The server wants the key as its own file, which nobody else reads. */
const tlsSettings = async (
  { directory, secured }: PostgresOptions,
  account: Account | undefined,
): Promise<Record<string, string>> => {
  if (!secured) return {}
  const [key, certificate] = [join(directory, 'server.key'), join(directory, 'server.crt')]
  await writeFile(key, await readFile(secured.key), { mode: 0o600 })
  await writeFile(certificate, await readFile(secured.certificate))
  if (account) await chown(key, account.uid, account.gid)
  return { ssl: 'on', ssl_key_file: key, ssl_cert_file: certificate }
}

/** Starts PostgreSQL with its data below the directory; ready when the database answers. */
export const startPostgres = async (options: PostgresOptions): Promise<Child> => {
  const { stackDirectory, directory, port, password, logFile, signal } = options
  const data = postgresData(stackDirectory)
  await mkdir(directory, { recursive: true, mode: 0o755 })
  const { initdb, postgres } = await postgresPrograms()
  const account = await accountForRoot([dirname(postgres), directory])
  await initialiseOnce(options, initdb, account)
  await forgetStranger(join(data, 'postmaster.pid'))
  const settings = Object.entries({ ...SETTINGS, ...(await tlsSettings(options, account)) }).flatMap(
    ([name, value]) => ['-c', `${name}=${value}`],
  )
  return startReady('postgres', {
    ...shellOf(account, [postgres, '-D', data, '-p', String(port), ...settings]),
    cwd: directory,
    logFile,
    // Fast shutdown: it does not wait for clients to leave.
    stopSignal: 'SIGINT',
    signal,
    probe: () => ensureDatabase(postgresUrl(port, password, 'postgres')),
  })
}
