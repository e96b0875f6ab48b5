import { isResourcePath } from '@pokepedia/events'
import { createLog } from '@pokepedia/service'
import { copyColumns, openStore, PATH_IN_COPY, type Store } from '@pokepedia/storage'
import { z } from 'zod'
import { usageError } from '../failure.ts'
import { documentOf, type ImportFile, type ImportSource } from './import-file.ts'

/** Documents that are read in one query. */
const PAGE = 200

const placeRows = z.array(z.object({ place: z.string() }))
const documentRows = z.array(z.object({ place: z.string(), text: z.string(), modifiedAt: z.date() }))

/** The table as rows of `place`, `data` and `modified_at`, whatever of them its columns have; undefined when they lack some. */
const asDocuments = (columns: ReadonlySet<string>): string | undefined => {
  const key = ['resource_id', 'resource_key'].find((name) => columns.has(name))
  const ofKey = columns.has('resource_type') && key !== undefined ? `resource_type || '/' || ${key}::text` : undefined
  const place = columns.has('path') ? PATH_IN_COPY : ofKey
  if (place === undefined || !columns.has('data')) return undefined
  // A row that does not tell its age is older than whatever was fetched.
  const time = ['fetched_at', 'updated_at'].find((name) => columns.has(name)) ?? `'epoch'`
  return `(select ${place} as place, data, coalesce(${time}::timestamptz, 'epoch') as modified_at
    from pokeapi_resources where data is not null) as documents`
}

const page = async (store: Store, documents: string, places: readonly string[]): Promise<ImportFile[]> => {
  const rows = await store.query(
    'reading documents to import',
    `select place, data::text as text, modified_at as "modifiedAt" from ${documents} where place = any ($1)`,
    [places],
  )
  return documentRows
    .parse(rows)
    .map(({ place, text, modifiedAt }) =>
      isResourcePath(place)
        ? documentOf(place, modifiedAt, Buffer.from(text))
        : { kind: 'skip', name: place, reason: 'unknown' },
    )
}

/**
 * The table `pokeapi_resources` of another system, in the database of a URL: `data` (json or jsonb) with `path`, or with
 * `resource_type` and `resource_id` or `resource_key`; as old as `fetched_at` or `updated_at`. Nothing of it is changed.
 * Throws a usage error when there is no such table, and the errors of Postgres.
 */
export const openTable = async (url: string): Promise<ImportSource> => {
  const store = openStore({ url, poolSize: 1 }, createLog('cli', 'silent'))
  const documents = asDocuments(await copyColumns(store))
  if (documents === undefined) {
    await store[Symbol.asyncDispose]()
    throw usageError(
      `${new URL(url).pathname.slice(1)} has no table pokeapi_resources with data and path, or data, resource_type and resource_id or resource_key`,
    )
  }
  const rows = await store.query('listing what to import', `select place from ${documents} order by place collate "C"`)
  const places = placeRows.parse(rows).map(({ place }) => place)
  let done = 0
  return {
    progress: () => done / Math.max(1, places.length),
    async *files() {
      await using _ = store
      while (done < places.length) {
        const wanted = places.slice(done, done + PAGE)
        yield* await page(store, documents, wanted)
        done += wanted.length
      }
    },
  }
}
