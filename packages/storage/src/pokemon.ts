import { z } from 'zod'
import type { Store } from './store.ts'

const pokemonRows = z.array(
  z.object({
    id: z.number(),
    name: z.string(),
    types: z.array(z.string()),
    /** Decimetres. */
    height: z.number().nullable(),
    /** Hectograms. */
    weight: z.number().nullable(),
    /** Base stats by name: `hp`, `attack`, `special-defense`, … */
    stats: z.record(z.string(), z.number()),
    /** Key of its sprite in the object store; null while that is not stored. */
    spriteKey: z.string().nullable(),
  }),
)
export type StoredPokemon = z.infer<typeof pokemonRows>[number]

/** Stored Pokémon after an id, in the order of their ids. */
export const listPokemon = async (
  store: Store,
  { after, limit, bucket }: { after: number; limit: number; bucket: string },
): Promise<StoredPokemon[]> =>
  pokemonRows.parse(
    await store.query(
      'listing pokemon',
      `select p.id, p.name, p.types, p.height, p.weight, p.stats, a.object_key as "spriteKey"
       from pokepedia_pokemon p
       left join pokepedia_assets a on a.bucket = $3 and a.object_key = p.sprite_key and a.status = 'stored'
       where p.id > $1 order by p.id limit $2`,
      [after, limit, bucket],
    ),
  )

const typeRows = z.array(z.object({ contentType: z.string() })).max(1)

/** The content type of a stored object that is one of our files; undefined for any other key. */
export const contentTypeOf = async (store: Store, bucket: string, objectKey: string): Promise<string | undefined> => {
  const rows = await store.query(
    'looking up an object',
    `select content_type as "contentType" from pokepedia_assets
     where bucket = $1 and object_key = $2 and status = 'stored'`,
    [bucket, objectKey],
  )
  return typeRows.parse(rows)[0]?.contentType
}
