import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { errors, isPipelineError } from '@pokepedia/errors'
import type { Log } from '@pokepedia/service'
import pg from 'pg'
import { z } from 'zod'
import { clientOptions } from './client-options.ts'
import { pgError } from './pg-errors.ts'
import type { Store } from './store.ts'

const DIRECTORY = fileURLToPath(new URL('../../migrations', import.meta.url))
const TABLE = 'pokepedia_migrations'
/** In the name of a migration that services of the version before can't run with. */
const BREAKS_OLDER = /_breaks-/
/** Any number that no other program uses in this database. */
const LOCK = 7_265_737_001

const schemaRows = z.tuple([z.object({ schema: z.string().nullable() })])
const tableRows = z.tuple([z.object({ found: z.boolean() })])
const nameRows = z.array(z.object({ name: z.string() }))

/** The migrations of this build. */
const knownMigrations = async (): Promise<string[]> =>
  (await readdir(DIRECTORY)).map((file) => file.replace(/\.sql$/, ''))

/** The schema that new tables go to: the first of the role's search_path that is there. */
const currentSchema = async (client: pg.Client): Promise<string> => {
  const [{ schema }] = schemaRows.parse((await client.query('select current_schema() as schema')).rows)
  if (schema === null) throw errors('pg_schema', "no schema of the role's search_path is there; create one for it")
  return schema
}

/** The migrations that have run in a schema. */
const migrationsIn = async (client: pg.Client, schema: string): Promise<string[]> => {
  const table = `${client.escapeIdentifier(schema)}.${TABLE}`
  const { rows } = await client.query('select to_regclass($1) is not null as found', [table])
  if (!tableRows.parse(rows)[0].found) return []
  return nameRows.parse((await client.query(`select name from ${table} order by name`)).rows).map(({ name }) => name)
}

/**
 * A database that a later version has migrated: the version before runs on with its tables, so that instances are
 * replaced one by one, and back again. It is refused when one of its migrations says by its name that it can't.
 */
const meetNewer = (ran: readonly string[], known: readonly string[], log: Log): void => {
  const unknown = ran.filter((name) => !known.includes(name))
  if (unknown.some((name) => BREAKS_OLDER.test(name)))
    throw errors('pg_schema', `the database is of a later version (${unknown.join(', ')}); start that version or later`)
  if (unknown.length > 0)
    log.warn(
      { event: 'migrate.newer', migrations: unknown },
      'the database is of a later version, which this one runs beside',
    )
}

/** Refuses a schema in which another system has tables or functions with our names; they are left as they are. */
const refuseForeign = async (client: pg.Client, schema: string): Promise<void> => {
  const { rows } = await client.query(
    `select relname as name from pg_class where relnamespace = to_regnamespace($1) and relkind in ('r', 'p', 'v', 'm', 'f')
       and relname ~ '^(pokeapi_resources$|pokepedia_)' and relname <> $2
     union select proname || '()' from pg_proc where pronamespace = to_regnamespace($1)
       and proname ~ '^(get_pokepedia_queue_stats$|pokepedia_)' order by 1`,
    [client.escapeIdentifier(schema), TABLE],
  )
  const foreign = nameRows.parse(rows).map(({ name }) => name)
  if (foreign.length > 0)
    throw errors(
      'pg_schema',
      `the schema ${schema} has ${foreign.join(', ')} of another system, which stay as they are; give this one a role ` +
        'and a schema of its own, or rename them: docs/migration.md',
    )
}

/** Migrations of this build that have not run, and those that ran and that this build does not know. */
export const migrationState = async (store: Store): Promise<{ waiting: string[]; unknown: string[]; ran: number }> => {
  const known = await knownMigrations()
  const found = await store.query('looking for migrations', `select to_regclass('${TABLE}') is not null as found`)
  const rows = tableRows.parse(found)[0].found
    ? await store.query('reading the migrations', `select name from ${TABLE} order by name`)
    : []
  const ran = nameRows.parse(rows).map(({ name }) => name)
  return {
    waiting: known.filter((name) => !ran.includes(name)).sort(),
    unknown: ran.filter((name) => !known.includes(name)),
    ran: ran.length,
  }
}

/**
 * Brings the database to this build's schema: numbered SQL files, forward only. Instances that start at once wait for
 * each other on an advisory lock. The tables go to the first schema of the role's search_path. Throws `pg_schema` when a
 * later version's migration breaks this one or another system's tables stand in the way, `pg_auth`, `pg_unavailable`.
 */
export const migrate = async (url: string, log: Log): Promise<void> => {
  const client = new pg.Client(clientOptions(url))
  client.on('error', (error) => log.warn({ event: 'postgres.cut', err: error }, 'the migration lost its connection'))
  try {
    await client.connect()
    await client.query('select pg_advisory_lock($1)', [LOCK])
    const schema = await currentSchema(client)
    const ran = await migrationsIn(client, schema)
    const known = await knownMigrations()
    meetNewer(ran, known, log)
    if (ran.length === 0) await refuseForeign(client, schema)
    if (known.every((name) => ran.includes(name))) return
    // Loaded when there is something to do: most starts find the schema as it should be.
    const { runner } = await import('node-pg-migrate')
    await runner({
      dbClient: client,
      dir: DIRECTORY,
      direction: 'up',
      migrationsTable: TABLE,
      migrationsSchema: schema,
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
