import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { messageOf } from '@pokepedia/errors'
import { type ResourcePath, resourcePathSchema } from '@pokepedia/events'
import type { Log } from '@pokepedia/service'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { z } from 'zod'
import { clientOptions } from '../client-options.ts'
import { pgError } from '../pg-errors.ts'
import type { Store } from '../store.ts'
import { binaryCopy, REFERENCES, RESOURCES, type ResourceToLoad } from './copy-rows.ts'

/** A connection of its own for COPY. */
export interface BulkConnection extends AsyncDisposable {
  /**
   * Stores those resources that nobody has stored or asked for until now, with their media references and projections,
   * in one transaction, and returns their paths. Throws classified errors; then none of them is stored. Until
   * `untilDurable` has resolved, a crash of Postgres may take back what was stored last; it cuts this connection, too.
   */
  insertNew(resources: readonly ResourceToLoad[]): Promise<ReadonlySet<ResourcePath>>
}

const POKEMON = `insert into pokepedia_pokemon
  select p.* from jsonb_array_elements($1::jsonb) as e (row), jsonb_populate_record(null::pokepedia_pokemon, e.row) p`

const pokemonRows = (resources: readonly ResourceToLoad[]): object[] =>
  resources.flatMap(({ path, pokemon, fetchedAt }) =>
    pokemon === null ? [] : [{ ...pokemon, resource_path: path, updated_at: fetchedAt }],
  )

const copy = async (client: pg.Client, into: string, rows: Iterable<Uint8Array>): Promise<void> =>
  pipeline(Readable.from(binaryCopy(rows)), client.query(copyFrom(`copy ${into} from stdin (format binary)`)))

const claimedRows = z.array(z.object({ path: resourcePathSchema }))

const insertNew = async (client: pg.Client, resources: readonly ResourceToLoad[]) => {
  const { rows } = await client.query('select pokepedia_claim_new($1, $2) as path', [
    resources.map(({ path }) => path),
    resources.map(({ fetchedAt }) => fetchedAt),
  ])
  const claimed = new Set(claimedRows.parse(rows).map(({ path }) => path))
  const chosen = resources.filter(({ path }) => claimed.has(path))
  if (chosen.length === 0) return claimed
  await copy(
    client,
    RESOURCES,
    chosen.map(({ row }) => row),
  )
  await copy(
    client,
    REFERENCES,
    chosen.map(({ referenceRows }) => referenceRows),
  )
  const pokemon = pokemonRows(chosen)
  if (pokemon.length > 0) await client.query(POKEMON, [JSON.stringify(pokemon)])
  return claimed
}

/**
 * Resolves when no crash of Postgres takes back what `insertNew` has stored until now. Writes a message for nobody, whose
 * commit waits for the disk, and so for all commits before it (PostgreSQL documentation, "Asynchronous Commit"). Throws
 * the errors of Postgres.
 */
export const untilDurable = async (store: Store): Promise<void> => {
  await store.query('waiting for the disk', "select pg_logical_emit_message(true, 'pokepedia', 'loaded')")
}

/** Opens a connection for COPY. Throws `pg_unavailable`, `pg_auth`. */
export const openBulkConnection = async (url: string, log: Log): Promise<BulkConnection> => {
  // To wait for the disk after each batch costs an import a twentieth of its time.
  const client = new pg.Client({ ...clientOptions(url), options: '-c synchronous_commit=off' })
  // Without a listener a cut connection would end the process; who uses the connection gets the error, too.
  client.on('error', (error) =>
    log.warn({ event: 'postgres.cut', err: error }, `a COPY lost its connection: ${messageOf(error)}`),
  )
  await client.connect().catch((cause: unknown) => {
    throw pgError('connecting for COPY', cause)
  })
  return {
    async insertNew(resources) {
      try {
        await client.query('begin')
        const claimed = await insertNew(client, resources)
        await client.query('commit')
        return claimed
      } catch (cause) {
        // On a lost connection this fails, too; the server has rolled back then.
        await client.query('rollback').catch(() => undefined)
        throw pgError('loading by COPY', cause)
      }
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}
