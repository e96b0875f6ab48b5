import { errors } from '@pokepedia/errors'
import type { RunId } from '@pokepedia/events'
import { z } from 'zod'
import type { Store } from './store.ts'

const assetRows = z
  .array(
    z.object({
      objectKey: z.string(),
      contentType: z.string(),
      bytes: z.coerce.number(),
      sha256: z.string(),
      etag: z.string().nullable(),
      status: z.enum(['stored', 'gone']),
      fetchedAt: z.date(),
      checkedAt: z.date(),
    }),
  )
  .max(1)
export type KnownAsset = z.infer<typeof assetRows>[number]

const knownRows = z.array(z.object({ asset: z.unknown(), force: z.boolean() })).length(1)
const isoDate = z.string().transform((text) => new Date(text))
const assetJson = z.object({ ...assetRows.element.shape, fetchedAt: isoDate, checkedAt: isoDate })

/** What is stored of a media file, and whether the run asks to fetch it regardless. */
export const findAsset = async (
  store: Store,
  url: string,
  runId: RunId | null,
): Promise<{ asset: KnownAsset | undefined; force: boolean }> => {
  const rows = await store.query(
    'looking up an asset',
    `select
       (select jsonb_build_object(
          'objectKey', object_key, 'contentType', content_type, 'bytes', bytes, 'sha256', sha256, 'etag', etag,
          'status', status, 'fetchedAt', fetched_at, 'checkedAt', checked_at)
        from pokepedia_assets where source_url = $1) as asset,
       coalesce((select force from pokepedia_runs where id = $2), false) as force`,
    [url, runId],
  )
  const row = knownRows.parse(rows)[0]
  return { asset: assetJson.nullable().parse(row?.asset ?? null) ?? undefined, force: row?.force ?? false }
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

const savedRows = z.array(z.object({ outcome: z.enum(['stored', 'unchanged', 'superseded']) })).length(1)

/** Notes a file whose object is already in the store, and the outcome of its event, in one transaction. */
export const saveAsset = async (store: Store, asset: AssetToSave): Promise<'stored' | 'unchanged' | 'superseded'> => {
  const rows = await store.query(
    'saving an asset',
    'select pokepedia_save_asset($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) as outcome',
    [
      asset.runId,
      asset.url,
      asset.bucket,
      asset.objectKey,
      asset.contentType,
      asset.bytes,
      asset.sha256,
      asset.etag,
      asset.width,
      asset.height,
      asset.fetchedAt,
      asset.traceparent,
    ],
  )
  return savedRows.parse(rows)[0]?.outcome ?? 'stored'
}

const confirmedRows = z.tuple([z.object({ outcome: z.enum(['unchanged', 'superseded']).nullable() })])

/**
 * Notes that the stored file still stands. `checkedAt` is given after a request, and left out when none was needed.
 * Throws `unexpected_304` for a file that is not stored.
 */
export const confirmAsset = async (
  store: Store,
  { runId, url, checkedAt }: { runId: RunId | null; url: string; checkedAt?: Date },
): Promise<'unchanged' | 'superseded'> => {
  const rows = await store.query('confirming an asset', 'select pokepedia_confirm_asset($1, $2, $3) as outcome', [
    runId,
    url,
    checkedAt ?? null,
  ])
  const [{ outcome }] = confirmedRows.parse(rows)
  if (outcome !== null) return outcome
  throw errors('unexpected_304', `${url} is not stored; it is asked for again`)
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
