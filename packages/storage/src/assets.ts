import type { RunId } from '@pokepedia/events'
import { z } from 'zod'
import type { Store } from './store.ts'

const isoDate = z.string().transform((text) => new Date(text))
const knownAsset = z.object({
  objectKey: z.string(),
  contentType: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  etag: z.string().nullable(),
  status: z.enum(['stored', 'gone']),
  fetchedAt: isoDate,
  checkedAt: isoDate,
})
export type KnownAsset = z.infer<typeof knownAsset>

export interface AssetToFind {
  readonly runId: RunId | null
  readonly url: string
}

/** What is stored of a media file, and whether the run asks to fetch it regardless. */
export interface FoundAsset {
  readonly asset: KnownAsset | undefined
  readonly force: boolean
}

const foundRows = z.array(z.object({ url: z.string(), asset: knownAsset.nullable(), force: z.boolean() }))

/** What is stored of media files, by URL; says so of those of which nothing is, too. */
export const findAssets = async (
  store: Store,
  batch: readonly AssetToFind[],
): Promise<ReadonlyMap<string, FoundAsset>> => {
  const rows = await store.query(
    'looking up assets',
    `select q.url, coalesce(r.force, false) as force,
       case when a.source_url is not null then jsonb_build_object(
         'objectKey', a.object_key, 'contentType', a.content_type, 'bytes', a.bytes, 'sha256', a.sha256,
         'etag', a.etag, 'status', a.status, 'fetchedAt', a.fetched_at, 'checkedAt', a.checked_at) end as asset
     from unnest($1::text[], $2::uuid[]) as q (url, run_id)
     left join pokepedia_assets a on a.source_url = q.url left join pokepedia_runs r on r.id = q.run_id`,
    [batch.map(({ url }) => url), batch.map(({ runId }) => runId)],
  )
  return new Map(foundRows.parse(rows).map(({ url, asset, force }) => [url, { asset: asset ?? undefined, force }]))
}

export interface AssetToSave {
  readonly runId: RunId | null
  readonly url: string
  readonly bucket: string
  readonly objectKey: string
  readonly contentType: string
  readonly bytes: number
  readonly sha256: string
  readonly etag: string | null
  readonly width: number | null
  readonly height: number | null
  /** When the request was sent. */
  readonly fetchedAt: Date
  /** The event's traceparent, kept with what is stored. */
  readonly traceparent: string | null
}

export type SavedAsset = 'stored' | 'unchanged' | 'superseded'

const savedRows = z.array(z.object({ url: z.string(), outcome: z.enum(['stored', 'unchanged', 'superseded']) }))

/**
 * Notes files whose objects are already in the store, and the outcomes of their events, in one transaction. A batch names
 * a file once. Returns what came of each, by URL.
 */
export const saveAssets = async (
  store: Store,
  batch: readonly AssetToSave[],
): Promise<ReadonlyMap<string, SavedAsset>> => {
  const members = batch.map((asset, i) => ({
    n: i + 1,
    run_id: asset.runId,
    url: asset.url,
    bucket: asset.bucket,
    object_key: asset.objectKey,
    content_type: asset.contentType,
    bytes: asset.bytes,
    sha256: asset.sha256,
    etag: asset.etag,
    width: asset.width,
    height: asset.height,
    asked_at: asset.fetchedAt,
    traceparent: asset.traceparent,
  }))
  const rows = await store.query('saving assets', 'select * from pokepedia_save_assets($1)', [JSON.stringify(members)])
  return new Map(savedRows.parse(rows).map(({ url, outcome }) => [url, outcome]))
}

export interface AssetToConfirm {
  readonly runId: RunId | null
  readonly url: string
  /** When the request was sent; left out when none was needed. */
  readonly checkedAt?: Date
}

export type ConfirmedAsset = 'unchanged' | 'superseded'

const confirmedRows = z.array(z.object({ url: z.string(), outcome: z.enum(['unchanged', 'superseded']).nullable() }))

/**
 * Notes in one transaction that stored files still stand, and the outcomes of their events. Returns what came of each, by
 * URL, but for those that are not stored.
 */
export const confirmAssets = async (
  store: Store,
  batch: readonly AssetToConfirm[],
): Promise<ReadonlyMap<string, ConfirmedAsset>> => {
  const members = batch.map(({ runId, url, checkedAt }, i) => ({ n: i + 1, run_id: runId, url, asked_at: checkedAt }))
  const rows = await store.query('confirming assets', 'select * from pokepedia_confirm_assets($1)', [
    JSON.stringify(members),
  ])
  const outcomes = confirmedRows.parse(rows)
  return new Map(outcomes.flatMap(({ url, outcome }) => (outcome === null ? [] : [[url, outcome]])))
}

const goneRows = z.tuple([z.object({ outcome: z.enum(['gone', 'superseded']) })])

/** Marks a file that its host no longer has; the stored object and row are kept. */
export const markAssetGone = async (
  store: Store,
  { runId, url, at }: { runId: RunId | null; url: string; at: Date },
): Promise<'gone' | 'superseded'> => {
  const rows = await store.query('marking an asset gone', 'select pokepedia_mark_asset_gone($1, $2, $3) as outcome', [
    runId,
    url,
    at,
  ])
  return goneRows.parse(rows)[0].outcome
}
