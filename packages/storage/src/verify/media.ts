import { setTimeout as delay } from 'node:timers/promises'
import { classify } from '@pokepedia/errors'
import { resourcePathSchema, spritesQueue } from '@pokepedia/events'
import { z } from 'zod'
import { eachPage } from '../each-page.ts'
import type { ObjectStore } from '../object-store.ts'
import type { MediaKind } from '../resources.ts'
import type { Store } from '../store.ts'
import type { Fault } from './fault.ts'
import { saidGone } from './said-gone.ts'

const imageRows = z.array(z.object({ url: z.string(), path: resourcePathSchema }))

/** Media files that a stored document names, that were never stored and that their host does not deny. */
export const imageFaults = async (
  store: Store,
  kinds: readonly MediaKind[],
  types: readonly string[] | undefined,
): Promise<Fault[]> => {
  const rows = await store.query(
    'looking for media that are not stored',
    `select f.source_url as url, min(f.resource_path) as path
     from pokepedia_asset_references f join pokeapi_resources r on r.path = f.resource_path and r.status = 'present'
     where f.kind = any ($1) and ($2::text[] is null or r.resource_type = any ($2))
       and not exists (select from pokepedia_assets a where a.source_url = f.source_url)
     group by 1 order by 1`,
    [kinds, types ?? null],
  )
  const images = imageRows.parse(rows)
  const denied = await saidGone(
    store,
    spritesQueue.name,
    images.map(({ url }) => url),
  )
  return images
    .filter(({ url }) => !denied.has(url))
    .map(({ url, path }) => ({ kind: 'image', key: url, detail: `${path} names it; it is not stored`, seeds: [path] }))
}

export interface ObjectsOptions {
  /** Files that documents of these types name; all unless given. */
  readonly types: readonly string[] | undefined
  /** So many of them, chosen by chance. */
  readonly sample?: number | undefined
  /** These files only. */
  readonly urls?: readonly string[] | undefined
  /** Told how many have been read, after each page. */
  readonly onProgress?: (objects: number, bytes: number) => void
}

const PAGE = 1_000
const READS_AT_ONCE = 16
const TRIES = 3
const PAUSE_MS = 500

const assetRows = z.array(
  z.object({
    url: z.string(),
    bucket: z.string(),
    objectKey: z.string(),
    bytes: z.coerce.number(),
    sha256: z.string(),
    path: resourcePathSchema.nullable(),
  }),
)
type AssetRow = z.infer<typeof assetRows>[number]

const SELECT = `select a.source_url as url, a.bucket, a.object_key as "objectKey", a.bytes, a.sha256,
    (select min(f.resource_path) from pokepedia_asset_references f where f.source_url = a.source_url) as path
  from pokepedia_assets a
  where a.status = 'stored' and ($1::text[] is null or a.source_url = any ($1))
    and ($2::text[] is null or exists (select from pokepedia_asset_references f
      where f.source_url = a.source_url and split_part(f.resource_path, '/', 1) = any ($2)))`

/** What is wrong with the object of a row; undefined when nothing is. A store that fails in passing is asked again. */
const wrongWith = async (objects: ObjectStore, { bucket, objectKey, bytes, sha256 }: AssetRow) => {
  if (bucket !== objects.bucket) return `its row says bucket ${bucket}, this deployment's is ${objects.bucket}`
  for (let tries = 1; ; tries += 1) {
    try {
      const object = await objects.digestOf(objectKey)
      if (object === undefined) return `the bucket has no object ${objectKey}`
      if (object.size !== bytes) return `the object ${objectKey} has ${object.size} bytes, its row says ${bytes}`
      return object.sha256 === sha256
        ? undefined
        : `the bytes of the object ${objectKey} are not those that were stored`
    } catch (error) {
      if (tries === TRIES || classify(error).class !== 'pause') throw error
      await delay(PAUSE_MS * tries)
    }
  }
}

/** Reads the object of every stored file, 16 at once, and compares its length and hash with its row. */
export const objectFaults = async (
  store: Store,
  objects: ObjectStore,
  { types, sample, urls, onProgress }: ObjectsOptions,
): Promise<{ faults: Fault[]; objects: number; bytes: number }> => {
  const faults: Fault[] = []
  const read = { objects: 0, bytes: 0 }

  const check = async (row: AssetRow): Promise<void> => {
    const detail = await wrongWith(objects, row)
    read.objects += 1
    read.bytes += row.bytes
    if (detail === undefined) return
    const hint = row.path === null ? '; no document names it' : ''
    faults.push({
      kind: 'object',
      key: row.url,
      detail: `${detail}${hint}`,
      seeds: row.path === null ? [] : [row.path],
    })
  }

  const order = sample === undefined ? 'order by a.source_url' : `order by random() limit ${sample}`
  const page = { text: `${SELECT} ${order}`, values: [urls ?? null, types ?? null], pageSize: PAGE }
  await eachPage(store, 'reading the stored files', page, async (rows) => {
    const left = assetRows.parse(rows).values()
    const worker = async (): Promise<void> => {
      for (const row of left) await check(row)
    }
    await Promise.all(Array.from({ length: READS_AT_ONCE }, worker))
    onProgress?.(read.objects, read.bytes)
  })
  return { faults: faults.sort((a, b) => a.key.localeCompare(b.key)), ...read }
}
