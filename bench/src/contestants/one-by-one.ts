import type { ResourcePath } from '@pokepedia/events'
import type { MediaReference, PokemonRow, Store } from '@pokepedia/storage'
import { z } from 'zod'

// The schema's functions for a single resource: what a job of a queue calls, which has one document in hand.

const validatorRows = z.array(z.object({ etag: z.string().nullable() }))
const spriteRow = z.object({ url: z.string(), pointer: z.string() })
const savedRows = z.tuple([z.object({ outcome: z.string() })]).rest(spriteRow)
export type Sprite = z.infer<typeof spriteRow>

/** What this document requests: the media that it names, since no run knows of any. */
const spritesIn = (rows: unknown): readonly Sprite[] =>
  savedRows
    .parse(rows)
    .slice(1)
    .map((row) => spriteRow.parse(row))

export const validatorOf = async (store: Store, path: ResourcePath): Promise<string | undefined> => {
  const rows = await store.query(
    'looking up a validator',
    `select coalesce(c.etag, r.etag) as etag from pokeapi_resources r left join pokepedia_resource_checks c using (path)
     where r.path = $1 and r.status = 'present'`,
    [path],
  )
  return validatorRows.parse(rows)[0]?.etag ?? undefined
}

interface Document {
  readonly path: ResourcePath
  readonly resourceType: string
  readonly resourceId: number | null
  readonly name: string | null
  readonly url: string
  readonly text: string
  readonly contentHash: string
  readonly references: readonly MediaReference[]
  readonly pokemon: PokemonRow | null
  readonly etag: string | null
  readonly fetchedAt: Date
}

export const saveOne = async (store: Store, document: Document): Promise<readonly Sprite[]> =>
  spritesIn(
    await store.query(
      'saving a document',
      "select * from pokepedia_save_resource(null, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '{sprite}', null)",
      [
        document.path,
        document.resourceType,
        document.resourceId,
        document.name,
        document.url,
        document.text,
        document.contentHash,
        document.etag,
        document.fetchedAt,
        JSON.stringify(document.references),
        document.pokemon === null ? null : JSON.stringify(document.pokemon),
      ],
    ),
  )

export const confirmOne = async (
  store: Store,
  { path, resourceType, checkedAt }: { path: ResourcePath; resourceType: string; checkedAt: Date },
): Promise<readonly Sprite[]> =>
  spritesIn(
    await store.query(
      'confirming a document',
      "select * from pokepedia_confirm_resource(null, $1, $2, $3, null, '{sprite}', null)",
      [path, resourceType, checkedAt],
    ),
  )
