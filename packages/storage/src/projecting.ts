import { type ResourcePath, resourcePathSchema } from '@pokepedia/events'
import { z } from 'zod'
import { eachPage } from './each-page.ts'
import type { ResourceToSave } from './resources.ts'
import type { Store } from './store.ts'

/** Documents of a page: read, projected and written at once. */
const PAGE = 200

const storedRows = z.array(
  z.object({ path: resourcePathSchema, url: z.string(), text: z.string(), contentHash: z.string() }),
)
/** A document as it is stored; `text` has every digit of its numbers. */
export type StoredDocument = z.infer<typeof storedRows>[number]

/** Hands on every stored document, those of resources that are gone included, a page at a time. */
export const eachStoredDocument = (
  store: Store,
  onPage: (documents: readonly StoredDocument[]) => Promise<void>,
): Promise<void> =>
  eachPage(
    store,
    'reading the documents',
    {
      text: `select path, url, data::text as text, content_hash as "contentHash" from pokeapi_resources order by path`,
      pageSize: PAGE,
    },
    (rows) => onPage(storedRows.parse(rows)),
  )

/** What a document says beside itself. */
export type Projected = Pick<ResourceToSave, 'references' | 'pokemon'> & {
  readonly path: ResourcePath
  /** Of the document that it was read from. */
  readonly contentHash: string
}

const changedRows = z.tuple([z.object({ pokemon: z.number(), references: z.number() })])
/** Rows that were written: of `pokepedia_pokemon`, and of `pokepedia_asset_references`. */
export type ProjectedRows = z.infer<typeof changedRows>[0]

/**
 * Brings the rows that follow from documents to what these say, in one transaction; what is right already is not
 * written. A document that was stored anew since it was read is passed over: its save has written its own.
 */
export const project = async (store: Store, batch: readonly Projected[]): Promise<ProjectedRows> => {
  const rows = batch.map(({ path, contentHash, references, pokemon }) => ({
    ...{ path, hash: contentHash, media: references, pokemon },
  }))
  return store.withConnection('projecting documents', async (query) => {
    await query('begin')
    // Locked as a save locks them, so that neither writes over the other's.
    await query(
      `with held as materialized (
         select r.path, r.resource_type, r.resource_id, r.fetched_at, b.media, b.pokemon
         from jsonb_to_recordset($1) as b (path text, hash text, media jsonb, pokemon jsonb)
         join pokepedia_resource_checks c on c.path = b.path
         join pokeapi_resources r on r.path = b.path and r.content_hash = b.hash
         order by r.path for update of c, r)
       select pokepedia_project_batch(array_agg((
         null, null, path, resource_type, resource_id, null, null, null, null, fetched_at, media, pokemon, null, null
       )::pokepedia_resource_in_batch)) from held`,
      [JSON.stringify(rows)],
    )
    const [changed] = changedRows.parse(
      await query(
        `select
           (select count(*)::int from pokepedia_pokemon
             where resource_path = any ($1) and xmin = pg_current_xact_id()::xid) as pokemon,
           (select count(*)::int from pokepedia_asset_references
             where resource_path = any ($1) and xmin = pg_current_xact_id()::xid) as references`,
        [batch.map(({ path }) => path)],
      ),
    )
    await query('commit')
    return changed
  })
}

/** Removes the Pokédex rows that no document has; how many these were. */
export const removeUnfounded = async (store: Store): Promise<number> =>
  z.array(z.unknown()).parse(
    await store.query(
      'removing projections',
      `delete from pokepedia_pokemon p where not exists (
         select from pokeapi_resources r where r.path = p.resource_path) returning p.id`,
    ),
  ).length
