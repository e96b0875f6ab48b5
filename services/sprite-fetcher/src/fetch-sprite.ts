import { createHash } from 'node:crypto'
import { type SpriteRequested, traceparentOf } from '@pokepedia/events'
import type { Handler, HandlerContext } from '@pokepedia/pipeline'
import { killPoint, type Upstream, type UpstreamAnswer } from '@pokepedia/service'
import {
  type AssetCache,
  type KnownAsset,
  markAssetGone,
  type ObjectStore,
  objectKeyOf,
  type Store,
} from '@pokepedia/storage'
import { mediaOf } from './image.ts'

export interface FetchSpriteParts {
  readonly store: Store
  readonly cache: AssetCache
  readonly objects: ObjectStore
  readonly upstream: Upstream
  /** Limit of one file, after decompression. */
  readonly maxBytes: number
  /** A stored file that was checked within this time is not asked for again. */
  readonly freshForMs: number
}

/** A file in work is there as the body and in the buffers of its way to the object store. */
const COPIES = 2

/** The object first, then its row, so that no row ever names an object that is not there. */
const save = async (
  { cache, objects }: FetchSpriteParts,
  { url, runId }: SpriteRequested,
  { delivery, holds, stage }: HandlerContext,
  answer: UpstreamAnswer & { status: 'ok' },
  stored: KnownAsset | undefined,
): Promise<'stored' | 'unchanged' | 'superseded'> => {
  const { body, etag, startedAt } = answer
  holds(COPIES * body.length)
  const { sha256, ...media } = await stage('parse', () => ({
    ...mediaOf(body, url),
    sha256: createHash('sha256').update(body).digest('hex'),
  }))
  const objectKey = objectKeyOf(url)
  const isThere = stored?.sha256 === sha256 && stored.objectKey === objectKey
  if (!isThere) await stage('store', () => objects.put(objectKey, body, media.contentType))
  killPoint('object_put')
  const { bucket } = objects
  const asset = { runId, url, bucket, objectKey, bytes: body.length, sha256, etag, fetchedAt: startedAt, ...media }
  const saved = { ...asset, traceparent: traceparentOf(delivery.headers) }
  return stage('store', () => cache.save(saved))
}

/**
 * One media URL → one object and its row. What is stored and was checked of late is confirmed without a request,
 * unless the run is forced. Outcomes: stored, unchanged, gone, superseded. Throws classified errors only.
 */
export const fetchSprite =
  (parts: FetchSpriteParts): Handler<SpriteRequested> =>
  async (event, context) => {
    const { store, cache, upstream, maxBytes, freshForMs } = parts
    const { url, runId } = event
    const { signal, stage } = context
    const { asset, force } = await stage('store', () => cache.find({ runId, url }))
    // A forced run stores the bytes anew, which mends an object that was lost.
    const stored = asset?.status === 'stored' && !force ? asset : undefined
    const isFresh = stored !== undefined && Date.now() - stored.checkedAt.getTime() < freshForMs
    if (isFresh) return stage('store', () => cache.confirm({ runId, url }))
    const request = { maxBytes, signal, ifNoneMatch: stored?.etag ?? undefined }
    const answer = await stage('fetch', () => upstream.get(url, request))
    killPoint('fetched')
    const { startedAt: at } = answer
    if (answer.status === 'gone') return stage('store', () => markAssetGone(store, { runId, url, at }))
    if (answer.status === 'not-modified') return stage('store', () => cache.confirm({ runId, url, checkedAt: at }))
    const outcome = await save(parts, event, context, answer, stored)
    killPoint('committed')
    return outcome
  }
