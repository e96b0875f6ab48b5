import { resourceOf } from '@pokepedia/documents'
import { type ResourceRequested, type SpriteRequested, traceparentOf } from '@pokepedia/events'
import type { Emit, Handler, HandlerContext } from '@pokepedia/pipeline'
import { jsonObjectOf, killPoint, type Log, type Upstream } from '@pokepedia/service'
import {
  confirmUnchanged,
  type MediaKind,
  markGone,
  resourceValidators,
  type Saved,
  type Store,
  saveResource,
  spritesInFlight,
} from '@pokepedia/storage'

export interface IngestParts {
  readonly store: Store
  readonly upstream: Upstream
  readonly requestSprites: Emit<SpriteRequested>
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
  { delivery, signal, holds }: HandlerContext,
): Promise<Saved | 'gone' | 'superseded'> => {
  const { store, upstream, maxBytes, requestKinds, log } = parts
  const { runId, path, resourceType } = event
  const known = event.force ? undefined : await resourceValidators(store, path)
  const accept = 'application/json'
  const answer = await upstream.get(event.url, { maxBytes, signal, accept, ifNoneMatch: known?.etag ?? undefined })
  killPoint('fetched')
  if (answer.status === 'gone') return markGone(store, { runId, path, at: answer.startedAt })
  if (answer.status === 'not-modified') {
    const asked = known ? { etag: known.etag, contentHash: known.contentHash } : { etag: null }
    return confirmUnchanged(store, { runId, path, resourceType, checkedAt: answer.startedAt, ...asked, requestKinds })
  }
  holds(COPIES * answer.body.length)
  const resource = resourceOf(event, jsonObjectOf(answer))
  const { etag, startedAt: fetchedAt } = answer
  if (known?.contentHash === resource.contentHash) {
    const checkedAt = fetchedAt
    const { contentHash } = resource
    return confirmUnchanged(store, { runId, path, resourceType, checkedAt, etag, contentHash, requestKinds })
  }
  if (resource.pokemon === null && /^pokemon\/[0-9]+$/.test(path))
    log.warn({ event: 'pokemon.nameless', run_id: runId, key: path }, `${path} has no name; it gets no Pokédex row`)
  const traceparent = traceparentOf(delivery.headers)
  return saveResource(store, { ...resource, runId, etag, fetchedAt, requestKinds, traceparent })
}

/**
 * One resource URL → one row, and one sprite event for each media file that it names and this run still lacks.
 * Order: fetch → database commit → sprite events acknowledged. Outcomes: stored, unchanged, gone, superseded.
 * Throws classified errors only.
 */
export const ingest =
  (parts: IngestParts): Handler<ResourceRequested> =>
  async (event, context) => {
    const saved = await save(parts, event, context)
    killPoint('committed')
    const traceparent = traceparentOf(context.delivery.headers)
    if (typeof saved === 'string') {
      await parts.requestSprites(await unsentSprites(parts.store, event), traceparent)
      return saved
    }
    await parts.requestSprites(spritesOf(event, saved.sprites), traceparent)
    killPoint('emitted')
    return saved.outcome
  }
