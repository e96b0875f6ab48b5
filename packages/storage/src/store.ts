import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { errors, isPipelineError, messageOf } from '@pokepedia/errors'
import type { Log } from '@pokepedia/service'
import { runner } from 'node-pg-migrate'
import pg from 'pg'
import { pgError } from './pg-errors.ts'

export interface StoreConfig {
  /** A PostgreSQL connection string. */
  readonly url: string
  readonly poolSize: number
}

/** A way to the database; the functions of this package take it as their first argument. */
export interface Store extends AsyncDisposable {
  /** Runs one statement and returns its rows unparsed. Throws classified errors; conflicts are repeated up to 3 times. */
  query(what: string, text: string, values?: readonly unknown[]): Promise<unknown[]>
  /** A connection of its own, for session locks. */
  withConnection<Result>(what: string, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result>
  /** Resolves when the database answers. */
  ping(): Promise<void>
}

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url))
/** Any number that no other program uses in this database. */
const MIGRATION_LOCK = 7_265_737_001
const CONFLICT_TRIES = 3

const clientOptions = (url: string): pg.ClientConfig => ({
  connectionString: url,
  application_name: 'pokepedia',
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
})

/**
 * Brings the database to this build's schema: numbered SQL files, forward only. Instances that start at once wait for
 * each other on an advisory lock.
 */
export const migrate = async (url: string, log: Log): Promise<void> => {
  const client = new pg.Client(clientOptions(url))
  client.on('error', (error) => log.warn({ err: error }, 'the migration lost its connection'))
  try {
    await client.connect()
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await runner({
      dbClient: client,
      dir: MIGRATIONS,
      direction: 'up',
      migrationsTable: 'pokepedia_migrations',
      // Our lock waits; the runner's own gives up when another instance holds it.
      noLock: true,
      log: (message) => log.debug(message),
    })
  } catch (cause) {
    throw pgError('migrating the database', cause)
  } finally {
    await client.end().catch((error: unknown) => log.debug({ err: error }, 'closing after the migration'))
  }
}

/** Opens a pool; the database need not be up yet. */
export const openStore = ({ url, poolSize }: StoreConfig, log: Log): Store => {
  const pool = new pg.Pool({
    ...clientOptions(url),
    max: poolSize,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
  })
  // An idle connection that Postgres cuts; the pool makes a new one.
  pool.on('error', (error) => log.debug({ err: error }, `an idle connection ended: ${messageOf(error)}`))

  const query = async (what: string, text: string, values: readonly unknown[] = []): Promise<unknown[]> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { rows } = await pool.query<Record<string, unknown>>(text, [...values])
        return rows
      } catch (cause) {
        const error = pgError(what, cause)
        if (error.code !== 'pg_conflict' || attempt >= CONFLICT_TRIES) throw error
        await delay(Math.random() * 50 * attempt)
      }
    }
  }

  return {
    query,
    async withConnection(what, work) {
      const client = await pool.connect().catch((cause: unknown) => {
        throw pgError(what, cause)
      })
      let broken: Error | undefined
      try {
        return await work(client)
      } catch (cause) {
        broken = cause instanceof Error ? cause : errors('internal', String(cause))
        throw isPipelineError(cause) ? cause : pgError(what, cause)
      } finally {
        client.release(broken)
      }
    },
    async ping() {
      await query('asking Postgres', 'select 1')
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}
