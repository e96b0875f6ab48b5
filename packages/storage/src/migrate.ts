import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { errors, isPipelineError } from '@pokepedia/errors'
import type { Log } from '@pokepedia/service'
import { runner } from 'node-pg-migrate'
import pg from 'pg'
import { z } from 'zod'
import { clientOptions } from './client-options.ts'
import { pgError } from './pg-errors.ts'

const DIRECTORY = fileURLToPath(new URL('../../migrations', import.meta.url))
const TABLE = 'pokepedia_migrations'
/** Any number that no other program uses in this database. */
const LOCK = 7_265_737_001

const tableRows = z.tuple([z.object({ found: z.boolean() })])
const nameRows = z.array(z.object({ name: z.string() }))

/** Refuses a database that a later version has migrated: its tables are not the ones this build knows. */
const refuseNewer = async (client: pg.Client): Promise<void> => {
  const { rows } = await client.query(`select to_regclass('${TABLE}') is not null as found`)
  if (!tableRows.parse(rows)[0].found) return
  const known = new Set((await readdir(DIRECTORY)).map((file) => file.replace(/\.sql$/, '')))
  const ran = nameRows.parse((await client.query(`select name from ${TABLE} order by name`)).rows)
  const unknown = ran.flatMap(({ name }) => (known.has(name) ? [] : [name]))
  if (unknown.length > 0)
    throw errors('pg_schema', `the database is of a later version (${unknown.join(', ')}); start that version or later`)
}

/**
 * Brings the database to this build's schema: numbered SQL files, forward only. Instances that start at once wait for
 * each other on an advisory lock. Throws `pg_schema` when the database is of a later version, `pg_auth`, `pg_unavailable`.
 */
export const migrate = async (url: string, log: Log): Promise<void> => {
  const client = new pg.Client(clientOptions(url))
  client.on('error', (error) => log.warn({ event: 'postgres.cut', err: error }, 'the migration lost its connection'))
  try {
    await client.connect()
    await client.query('select pg_advisory_lock($1)', [LOCK])
    await refuseNewer(client)
    await runner({
      dbClient: client,
      dir: DIRECTORY,
      direction: 'up',
      migrationsTable: TABLE,
      // Our lock waits; the runner's own gives up when another instance holds it.
      noLock: true,
      // Work done side by side is not merged in the order of its numbers, and no file builds on a later one.
      checkOrder: false,
      log: (message) => log.debug({ event: 'migrate.step' }, message),
    })
  } catch (cause) {
    throw isPipelineError(cause) ? cause : pgError('migrating the database', cause)
  } finally {
    await client
      .end()
      .catch((error: unknown) =>
        log.debug({ event: 'postgres.close_failed', err: error }, 'closing after the migration'),
      )
  }
}
