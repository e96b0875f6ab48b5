import { migrationState, type Store } from '@pokepedia/storage'
import { z } from 'zod'
import { storeOf } from '../deployment-store.ts'
import type { StackJson } from '../stack-json.ts'
import type { Probe } from './check.ts'

const AREA = 'Postgres'
const versionRows = z.tuple([z.looseObject({ version: z.string(), who: z.string() })])
const deniedRows = z.array(z.object({ what: z.string() }))

/** Rights that the services use and this user lacks, on every table of ours. */
const DENIED = `select p.what || ' on ' || c.relname as what
  from pg_class c cross join unnest(array['select', 'insert', 'update', 'delete']) as p (what)
  where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
    and (c.relname = 'pokeapi_resources' or c.relname like 'pokepedia\\_%')
    and not has_table_privilege(c.oid, p.what)
  union all select 'create in ' || current_schema()
  where not has_schema_privilege(current_schema(), 'create') order by 1`

const FUNCTIONS = ['get_pokepedia_queue_stats()'] as const

/** The server, the migrations, the functions that others call, and what the user may do. */
export const postgresProbes = (stack: StackJson): Probe[] => {
  const withStore = async (work: (store: Store) => Promise<string>): Promise<string> => {
    await using store = storeOf(stack)
    return await work(store)
  }
  const probe = (name: string, todo: string, work: (store: Store) => Promise<string>): Probe => ({
    ...{ area: AREA, name, todo },
    look: () => withStore(work),
  })
  return [
    probe('server', 'see that Postgres runs and that DATABASE_URL is right', async (store) => {
      await store.ping()
      const sql = `select current_setting('server_version') as version, current_user || ' at ' || current_database() as who`
      const [{ version, who }] = versionRows.parse(await store.query('asking for the version', sql))
      return `PostgreSQL ${version}, ${who}, takes writes`
    }),
    probe('migrations', 'start a service of this version: each migrates when it starts', async (store) => {
      const { waiting, unknown, ran } = await migrationState(store)
      if (waiting.length > 0) throw new Error(`not run yet: ${waiting.join(', ')}`)
      if (unknown.length > 0) throw new Error(`of a later version: ${unknown.join(', ')}`)
      return `all ${ran} have run`
    }),
    ...FUNCTIONS.map((name) =>
      probe(`function ${name}`, 'run the migrations; the user needs the right to execute it', async (store) => {
        const rows = await store.query(`calling ${name}`, `select * from ${name}`)
        return `${rows.length} rows`
      }),
    ),
    probe('permissions', 'have the owner grant them, or use the owner in DATABASE_URL', async (store) => {
      const denied = deniedRows.parse(await store.query('asking for permissions', DENIED))
      if (denied.length > 0) throw new Error(`denied: ${denied.map(({ what }) => what).join(', ')}`)
      return 'reads, writes and migrates'
    }),
  ]
}
