import { resourceOf } from '@pokepedia/documents'
import { type ResourcePath, type ResourceRequested, type SpriteRequested, traceparentOf } from '@pokepedia/events'
import type { Emit, Handler, HandlerContext } from '@pokepedia/pipeline'
import {
  jsonObjectOf,
  killPoint,
  type Log,
  type ResourceSettings,
  typeBudgetOf,
  type Upstream,
} from '@pokepedia/service'
import {
  type MediaKind,
  markGone,
  type ResourceCache,
  type Saved,
  type Store,
  spritesInFlight,
} from '@pokepedia/storage'

export interface IngestParts {
  readonly store: Store
  readonly cache: ResourceCache
  readonly upstream: Upstream
  readonly requestSprites: Emit<SpriteRequested>
  /** Has a resource's change sent to `pokepedia.changes`; resolves when Kafka has it. */
  readonly sendChange: (path: ResourcePath) => Promise<void>
  /** Budgets of resource types. */
  readonly resources: ResourceSettings
  /** Limit of one document, after decompression. */
  readonly maxBytes: number
  /** The kinds of media that are requested; references of every kind are stored. */
  readonly requestKinds: readonly MediaKind[]
  readonly log: Log
}

/** A document in work is there as the body, as text and in the buffer of its way to Postgres. */
const COPIES = 3

type Asker = Pick<ResourceRequested, 'runId' | 'path'>

const spritesOf = ({ runId, path }: Asker, sprites: Saved['sprites']): SpriteRequested[] => {
  const requestedAt = Date.now()
  return sprites.map(({ url, pointer }) => ({ runId, url, resourcePath: path, jsonPointer: pointer, requestedAt }))
}

/**
 * The media events that an earlier delivery of this resource entered into the run and was killed before it sent.
 * An event that ends without a save (gone, dead) has to send them, or the run would wait for them for ever.
 */
export const unsentSprites = async (store: Store, { runId, path }: Asker): Promise<SpriteRequested[]> =>
  runId === null ? [] : spritesOf({ runId, path }, await spritesInFlight(store, { runId, path }))

/** Fetches the resource and commits what came of it. */
const save = async (
  parts: IngestParts,
  event: ResourceRequested,
  { delivery, signal, holds, stage }: HandlerContext,
): Promise<Saved | 'gone' | 'superseded'> => {
  const { store, cache, upstream, resources, maxBytes, requestKinds, log } = parts
  const { runId, path, resourceType } = event
  const known = event.force ? undefined : await stage('store', () => cache.validators(path))
  const within = typeBudgetOf(resources, resourceType)
  const request = { maxBytes, signal, accept: 'application/json', ifNoneMatch: known?.etag ?? undefined, within }
  const answer = await stage('fetch', () => upstream.get(event.url, request))
  killPoint('fetched')
  if (answer.status === 'gone') return stage('store', () => markGone(store, { runId, path, at: answer.startedAt }))
  if (answer.status === 'not-modified') {
    const asked = known ? { etag: known.etag, contentHash: known.contentHash } : { etag: null }
    const confirmed = { runId, path, resourceType, checkedAt: answer.startedAt, ...asked, requestKinds }
    return stage('store', () => cache.confirm(confirmed))
  }
  holds(COPIES * answer.body.length)
  const resource = await stage('parse', () => resourceOf(event, jsonObjectOf(answer)))
  const { etag, startedAt: fetchedAt } = answer
  if (known?.contentHash === resource.contentHash) {
    const { contentHash } = resource
    const confirmed = { runId, path, resourceType, checkedAt: fetchedAt, etag, contentHash, requestKinds }
    return stage('store', () => cache.confirm(confirmed))
  }
  if (resource.pokemon === null && /^pokemon\/[0-9]+$/.test(path))
    log.warn({ event: 'pokemon.nameless', run_id: runId, key: path }, `${path} has no name; it gets no Pokédex row`)
  const traceparent = traceparentOf(delivery.headers)
  return stage('store', () => cache.save({ ...resource, runId, etag, fetchedAt, requestKinds, traceparent }))
}

/**
 * One resource URL → one row, and one sprite event for each media file that it names and this run still lacks.
 * Order: fetch → database commit → sprite events and changes acknowledged. Outcomes: stored, unchanged, gone, superseded.
 * Throws classified errors only.
 */
export const ingest =
  (parts: IngestParts): Handler<ResourceRequested> =>
  async (event, context) => {
    const saved = await save(parts, event, context)
    killPoint('committed')
    const outcome = typeof saved === 'string' ? saved : saved.outcome
    const sprites =
      typeof saved === 'string' ? await unsentSprites(parts.store, event) : spritesOf(event, saved.sprites)
    const isChange = outcome === 'stored' || outcome === 'gone'
    await context.stage('emit', () =>
      // At once: both may then leave in one request to the broker.
      Promise.all([
        parts.requestSprites(sprites, traceparentOf(context.delivery.headers)),
        isChange ? parts.sendChange(event.path) : undefined,
      ]),
    )
    killPoint('emitted')
    return outcome
  }
