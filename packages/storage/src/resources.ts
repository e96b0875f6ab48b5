import { errors } from '@pokepedia/errors'
import type { ResourcePath, RunId } from '@pokepedia/events'
import { z } from 'zod'
import type { Store } from './store.ts'

export type MediaKind = 'sprite' | 'cry'

/** The kinds that the setting MEDIA_KINDS names. */
export const mediaKindsOf = (named: readonly ('sprites' | 'cries')[]): MediaKind[] =>
  named.map((name) => (name === 'cries' ? 'cry' : 'sprite'))

/** A media file that a document names. */
export interface MediaReference {
  readonly url: string
  /** Where in the document (RFC 6901). */
  readonly pointer: string
  readonly kind: MediaKind
}

/** The projection of a `pokemon/{id}` document; column names of `pokepedia_pokemon`. */
export interface PokemonRow {
  readonly id: number
  readonly name: string
  readonly species: string | null
  /** Decimetres. */
  readonly height: number | null
  /** Hectograms. */
  readonly weight: number | null
  readonly base_experience: number | null
  readonly sort_order: number | null
  readonly is_default: boolean | null
  readonly types: readonly string[]
  readonly abilities: readonly { readonly name: string; readonly is_hidden: boolean; readonly slot: number }[]
  /** Base value by stat name. */
  readonly stats: Readonly<Record<string, number>>
  readonly sprite_key: string | null
  readonly shiny_sprite_key: string | null
  readonly artwork_key: string | null
  readonly animated_key: string | null
  readonly cry_key: string | null
}

/** What came of a save, and the media files that this resource's event now has to request. */
export interface Saved {
  readonly outcome: 'stored' | 'unchanged' | 'superseded'
  readonly sprites: readonly { readonly url: string; readonly pointer: string }[]
}

export interface ResourceToSave {
  /** Null for an event fed by hand: nothing is noted in a ledger. */
  readonly runId: RunId | null
  readonly path: ResourcePath
  readonly resourceType: string
  readonly resourceId: number | null
  readonly name: string | null
  readonly url: string
  /** The document with every digit of its numbers, which `jsonb` keeps. */
  readonly text: string
  readonly contentHash: string
  readonly etag: string | null
  /** When the request was sent. */
  readonly fetchedAt: Date
  readonly references: readonly MediaReference[]
  readonly pokemon: PokemonRow | null
  readonly requestKinds: readonly MediaKind[]
  /** The event's traceparent, kept with what is stored. */
  readonly traceparent: string | null
}

// The outcome comes first, then a row for each media file.
const spriteRows = z.array(z.object({ url: z.string(), pointer: z.string() }))
const savedRows = z
  .tuple([z.object({ outcome: z.enum(['stored', 'unchanged', 'superseded']) })])
  .rest(spriteRows.element)
  .transform(([{ outcome }, ...sprites]): Saved => ({ outcome, sprites }))

/**
 * Stores a document in one transaction with its media references, its projection, the outcome of its event and the
 * ledger entries of the media it names. A fetch older than the newest known one is `superseded` and changes nothing.
 * Throws `json_not_storable` for a document that jsonb refuses.
 */
export const saveResource = async (store: Store, resource: ResourceToSave): Promise<Saved> =>
  savedRows.parse(
    await store.query(
      `saving ${resource.path}`,
      'select * from pokepedia_save_resource($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)',
      [
        resource.runId,
        resource.path,
        resource.resourceType,
        resource.resourceId,
        resource.name,
        resource.url,
        resource.text,
        resource.contentHash,
        resource.etag,
        resource.fetchedAt,
        JSON.stringify(resource.references),
        resource.pokemon === null ? null : JSON.stringify(resource.pokemon),
        resource.requestKinds,
        resource.traceparent,
      ],
    ),
  )

export interface ResourceToConfirm {
  readonly runId: RunId | null
  readonly path: ResourcePath
  readonly resourceType: string
  /** When the request was sent. */
  readonly checkedAt: Date
  /** The document's validator from now on; null keeps the known one. */
  readonly etag: string | null
  /** What `resourceValidators` said before the request; left out, any stored document is confirmed. */
  readonly contentHash?: string
  readonly requestKinds: readonly MediaKind[]
}

/**
 * Notes that the stored document still stands (a 304, or equal content); its row is not touched, unless it was marked
 * gone: then it is present again, and the outcome is `stored`. Throws `pg_conflict` when the stored document is no longer
 * the one with `contentHash`, of which alone the answer speaks.
 */
export const confirmUnchanged = async (store: Store, resource: ResourceToConfirm): Promise<Saved> => {
  const { runId, path, resourceType, checkedAt, etag, contentHash, requestKinds } = resource
  const rows = await store.query(
    `confirming ${path}`,
    'select * from pokepedia_confirm_resource($1, $2, $3, $4, $5, $6, $7)',
    [runId, path, resourceType, checkedAt, etag, requestKinds, contentHash ?? null],
  )
  if (rows.length > 0) return savedRows.parse(rows)
  throw errors('pg_conflict', `${path} was stored anew while it was asked for; it is asked for again`)
}

/**
 * The media that a resource's earlier delivery entered into the run and that have no outcome yet. Whoever ends the
 * resource's event without a save (gone, dead) has to request them, or nobody does.
 */
export const spritesInFlight = async (
  store: Store,
  { runId, path }: { runId: RunId; path: ResourcePath },
): Promise<Saved['sprites']> =>
  spriteRows.parse(
    await store.query(`reading the media of ${path}`, 'select * from pokepedia_sprites_in_flight($1, $2)', [
      runId,
      path,
    ]),
  )

const goneRows = z.array(z.object({ outcome: z.enum(['gone', 'superseded']) })).length(1)

/** Marks a resource that the upstream no longer has; its row is kept. */
export const markGone = async (
  store: Store,
  { runId, path, at }: { runId: RunId | null; path: ResourcePath; at: Date },
): Promise<'gone' | 'superseded'> => {
  const rows = await store.query(`marking ${path} gone`, 'select pokepedia_mark_gone($1, $2, $3) as outcome', [
    runId,
    path,
    at,
  ])
  return goneRows.parse(rows)[0]?.outcome ?? 'gone'
}

const validatorRows = z.array(z.object({ etag: z.string().nullable(), contentHash: z.string() })).max(1)

/** What a conditional GET needs to know of the stored document; undefined when there is none, or it is gone. */
export const resourceValidators = async (
  store: Store,
  path: ResourcePath,
): Promise<{ etag: string | null; contentHash: string } | undefined> => {
  const rows = await store.query(
    `looking up ${path}`,
    `select coalesce(c.etag, r.etag) as etag, r.content_hash as "contentHash"
     from pokeapi_resources r left join pokepedia_resource_checks c using (path)
     where r.path = $1 and r.status = 'present'`,
    [path],
  )
  return validatorRows.parse(rows)[0]
}
