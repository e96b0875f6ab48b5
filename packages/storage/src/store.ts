import { setTimeout as delay } from 'node:timers/promises'
import { errors, messageOf } from '@pokepedia/errors'
import type { Log } from '@pokepedia/service'
import pg from 'pg'
import type { Registry } from 'prom-client'
import { clientOptions } from './client-options.ts'
import { isPassingConflict, pgError } from './pg-errors.ts'
import { createStoreMetrics } from './store-metrics.ts'

export interface StoreConfig {
  /** A PostgreSQL connection string. */
  readonly url: string
  readonly poolSize: number
  /** Where its metrics are declared; they are counted nowhere without. */
  readonly registry?: Registry
}

/** Runs one statement and returns its rows unparsed. */
export type Query = (text: string, values?: readonly unknown[]) => Promise<unknown[]>

/** A way to the database; the functions of this package take it as their first argument. */
export interface Store extends AsyncDisposable {
  /** Runs one statement and returns its rows unparsed. Throws classified errors; conflicts are repeated up to 3 times. */
  query(what: string, text: string, values?: readonly unknown[]): Promise<unknown[]>
  /** Lends a connection outside the pool, for session locks; it is closed when the work ends. */
  withConnection<Result>(what: string, work: (query: Query) => Promise<Result>): Promise<Result>
  /** Resolves when the database answers within 2 s and takes writes; throws `pg_unavailable`. */
  ping(): Promise<void>
}

const CONFLICT_REPEATS = 3
const STATEMENT_TIMEOUT_MS = 30_000
// For a server that is frozen or cut off and can't end the statement itself.
const ANSWER_TIMEOUT_MS = 35_000

/** A frozen server keeps the connection of a ping no longer than this. */
const PING = { text: `select current_setting('transaction_read_only') as read_only`, query_timeout: 2_000 }

const timeouts = { statement_timeout: STATEMENT_TIMEOUT_MS, query_timeout: ANSWER_TIMEOUT_MS }

/** Opens a pool; the database need not be up yet. */
export const openStore = ({ url, poolSize, registry }: StoreConfig, log: Log): Store => {
  const pool = new pg.Pool({ ...clientOptions(url), ...timeouts, max: poolSize, idleTimeoutMillis: 30_000 })
  // An idle connection that Postgres cuts; the pool makes a new one.
  pool.on('error', (error) =>
    log.debug({ event: 'postgres.idle_ended', err: error }, `an idle connection ended: ${messageOf(error)}`),
  )

  const { measured } = createStoreMetrics(registry, pool)

  const query = async (what: string, text: string, values: readonly unknown[] = []): Promise<unknown[]> => {
    for (let repeats = 0; ; repeats += 1) {
      try {
        const { rows } = await measured(text, () => pool.query<Record<string, unknown>>(text, [...values]))
        return rows
      } catch (cause) {
        if (!isPassingConflict(cause) || repeats === CONFLICT_REPEATS) throw pgError(what, cause)
        await delay(Math.random() * 50 * (repeats + 1))
      }
    }
  }

  return {
    query,
    async withConnection(what, work) {
      const client = new pg.Client({ ...clientOptions(url), ...timeouts })
      // Without a listener a cut connection would end the process.
      client.on('error', (error) =>
        log.warn({ event: 'postgres.cut', err: error }, `${what}: the connection was cut: ${messageOf(error)}`),
      )
      const ask = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
        answer.catch((cause: unknown) => {
          throw pgError(what, cause)
        })
      try {
        await ask(client.connect())
        const send: Query = async (text, values = []) =>
          (await ask(measured(text, () => client.query(text, [...values])))).rows
        return await work(send)
      } finally {
        await client
          .end()
          .catch((error: unknown) =>
            log.debug({ event: 'postgres.close_failed', err: error }, `${what}: closing the connection`),
          )
      }
    },
    async ping() {
      const { rows } = await pool.query<Record<string, unknown>>(PING).catch((cause: unknown) => {
        throw pgError('asking Postgres', cause)
      })
      // A standby, or a server that was told so: it would refuse every event.
      if (rows[0]?.['read_only'] === 'on') throw errors('pg_unavailable', 'Postgres is read only')
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}
