import type { PokemonRow } from '@pokepedia/storage'
import { objectKeyOf } from '@pokepedia/storage/object-key'
import { z } from 'zod'
import { mediaKindOf } from './sprites-of.ts'

// Postgres' integer; what does not fit is left out like what is missing.
const integer = z.int32().nullable().catch(null)
const named = z.object({ name: z.string() })
const nameOf = named
  .transform(({ name }) => name)
  .nullable()
  .catch(null)
const mediaUrl = z
  .string()
  .refine((url) => mediaKindOf(url) !== undefined)
  .nullable()
  .catch(null)

/** An array without the members that have another shape; empty when it is no array. */
const listOf = <Member>(member: z.ZodType<Member>) =>
  z
    .array(member.nullable().catch(null))
    .catch([])
    .transform((list) => list.filter((one) => one !== null))

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object, or an empty one, so that what lies below it is missing instead of wrong. */
const within = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  z.preprocess((value) => (isRecord(value) ? value : {}), z.object(shape))

const front = within({ front_default: mediaUrl })

const pokemonDocument = z.object({
  name: z.string(),
  species: nameOf,
  height: integer,
  weight: integer,
  base_experience: integer,
  order: integer,
  is_default: z.boolean().nullable().catch(null),
  types: listOf(z.object({ slot: z.number(), type: named })),
  abilities: listOf(z.object({ slot: z.int(), is_hidden: z.boolean(), ability: named })),
  stats: listOf(z.object({ base_stat: z.int(), stat: named })),
  sprites: within({
    front_default: mediaUrl,
    front_shiny: mediaUrl,
    other: within({ 'official-artwork': front, showdown: front }),
    versions: within({ 'generation-v': within({ 'black-white': within({ animated: front }) }) }),
  }),
  cries: within({ latest: mediaUrl }),
})

const bySlot = <Slotted extends { slot: number }>(list: readonly Slotted[]): Slotted[] =>
  list.toSorted((a, b) => a.slot - b.slot)

const asItIs = (url: string): string => url

/**
 * The Pokédex row of the document at `pokemon/{id}`; a field that is missing or odd is null or empty. The path's id
 * counts, not the document's, so that no document takes another one's row. `linkOf` says where a media URL of the
 * document leads. Null when the document has no name.
 */
export const pokemonOf = (document: unknown, id: number, linkOf = asItIs): PokemonRow | null => {
  const parsed = pokemonDocument.safeParse(document)
  if (!parsed.success) return null
  const { name, species, height, weight, base_experience, is_default, sprites, ...rest } = parsed.data
  const { showdown, 'official-artwork': artwork } = sprites.other
  const keyOf = (url: string | null): string | null => (url === null ? null : objectKeyOf(linkOf(url)))
  return {
    ...{ id, name, species, height, weight, base_experience, is_default },
    sort_order: rest.order,
    types: bySlot(rest.types).map(({ type }) => type.name),
    abilities: bySlot(rest.abilities).map(({ ability, is_hidden, slot }) => ({ name: ability.name, is_hidden, slot })),
    stats: Object.fromEntries(rest.stats.map(({ stat, base_stat }) => [stat.name, base_stat])),
    sprite_key: keyOf(sprites.front_default),
    shiny_sprite_key: keyOf(sprites.front_shiny),
    artwork_key: keyOf(artwork.front_default),
    // The Showdown set goes on with each generation; the other one ended with the fifth.
    animated_key: keyOf(
      showdown.front_default ?? sprites.versions['generation-v']['black-white'].animated.front_default,
    ),
    cry_key: keyOf(rest.cries.latest),
  }
}
