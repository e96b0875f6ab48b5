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

const spriteRows = z.array(z.object({ url: z.string(), pointer: z.string() }))
const savedRows = z.array(
  z.object({
    path: z.string(),
    outcome: z.enum(['stored', 'unchanged', 'superseded']),
    sprites: spriteRows,
  }),
)

/** What came of each resource of a batch, by path. */
const byPath = (rows: unknown): ReadonlyMap<string, Saved> =>
  new Map(savedRows.parse(rows).map(({ path, ...saved }) => [path, saved]))

const nameOf = (batch: readonly { readonly path: ResourcePath }[]): string =>
  batch.length === 1 ? String(batch[0]?.path) : `${batch.length} resources`

/** A member of what a batch hands over; names of the type `pokepedia_resource_in_batch`. */
const rowOf = (resource: ResourceToSave, i: number) => ({
  n: i + 1,
  run_id: resource.runId,
  path: resource.path,
  resource_type: resource.resourceType,
  resource_id: resource.resourceId,
  name: resource.name,
  url: resource.url,
  content_hash: resource.contentHash,
  etag: resource.etag,
  asked_at: resource.fetchedAt,
  media: resource.references,
  pokemon: resource.pokemon,
  kinds: resource.requestKinds,
  traceparent: resource.traceparent,
})

/**
 * Stores documents in one transaction, each with its media references, its projection, the outcome of its event and the
 * ledger entries of the media it names. A fetch older than the newest known one is `superseded` and changes nothing.
 * A batch names a resource once. Returns what came of each. Throws `json_not_storable` for a document that jsonb refuses; then none of them is stored.
 */
export const saveResources = async (
  store: Store,
  batch: readonly ResourceToSave[],
): Promise<ReadonlyMap<string, Saved>> => {
  // A parameter for each document: in an array's text every quote would be escaped.
  const texts = batch.map((_, i) => `$${i + 2}`).join(', ')
  const rows = await store.query(
    `saving ${nameOf(batch)}`,
    `select * from pokepedia_save_resources($1, array[${texts}]::text[])`,
    [JSON.stringify(batch.map(rowOf)), ...batch.map(({ text }) => text)],
  )
  return byPath(rows)
}

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
 * Notes in one transaction that stored documents still stand (a 304, or equal content); their rows are not touched, but
 * one that was marked gone is present again, and its outcome is `stored`. Returns what came of each, but for those whose
 * stored document is no longer the one with `contentHash`, of which alone the answer speaks.
 */
export const confirmResources = async (
  store: Store,
  batch: readonly ResourceToConfirm[],
): Promise<ReadonlyMap<string, Saved>> => {
  const members = batch.map(({ runId, path, resourceType, checkedAt, etag, contentHash, requestKinds }, i) => ({
    n: i + 1,
    run_id: runId,
    path,
    resource_type: resourceType,
    asked_at: checkedAt,
    etag,
    content_hash: contentHash,
    kinds: requestKinds,
  }))
  const rows = await store.query(`confirming ${nameOf(batch)}`, 'select * from pokepedia_confirm_resources($1)', [
    JSON.stringify(members),
  ])
  return byPath(rows)
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

const validatorRows = z.array(z.object({ path: z.string(), etag: z.string().nullable(), contentHash: z.string() }))

/** What a conditional GET needs to know of a stored document. */
export interface Validators {
  readonly etag: string | null
  readonly contentHash: string
}

/** The validators of those of the documents that are there, by path. */
export const validatorsOf = async (
  store: Store,
  paths: readonly ResourcePath[],
): Promise<ReadonlyMap<string, Validators>> => {
  const rows = await store.query(
    'looking up validators',
    `select r.path, coalesce(c.etag, r.etag) as etag, r.content_hash as "contentHash"
     from pokeapi_resources r left join pokepedia_resource_checks c using (path)
     where r.path = any ($1) and r.status = 'present'`,
    [paths],
  )
  return new Map(validatorRows.parse(rows).map(({ path, ...validators }) => [path, validators]))
}
