import { classify, isPipelineError, type PipelineError } from '@pokepedia/errors'
import type { ResourcePath } from '@pokepedia/events'
import { z } from 'zod'
import { openResourceCache, type ResourceCache } from '../resource-cache.ts'
import type { Store } from '../store.ts'
import type { BulkConnection } from './bulk-connection.ts'
import type { ResourceToLoad } from './copy-rows.ts'

/** What came of each document of a batch. */
export interface LoadedBatch {
  readonly stored: number
  readonly unchanged: number
  /** What is stored is newer than the document, and another one. */
  readonly superseded: number
  readonly refused: readonly { readonly path: ResourcePath; readonly error: PipelineError }[]
}

/** Documents that are compared or saved at once. */
const AT_ONCE = 32

const knownRows = z.array(
  z.object({
    path: z.string(),
    contentHash: z.string(),
    present: z.boolean(),
    checkedAt: z.date().nullable(),
  }),
)
type Known = z.infer<typeof knownRows>[number]

const knownOf = async (store: Store, resources: readonly ResourceToLoad[]): Promise<ReadonlyMap<string, Known>> => {
  const rows = await store.query(
    'looking up what is stored',
    `select r.path, r.content_hash as "contentHash", r.status = 'present' as present, c.checked_at as "checkedAt"
     from pokeapi_resources r left join pokepedia_resource_checks c using (path) where r.path = any ($1)`,
    [resources.map(({ path }) => path)],
  )
  return new Map(knownRows.parse(rows).map((row) => [row.path, row]))
}

const save = async (cache: ResourceCache, resource: ResourceToLoad) => {
  const text = new TextDecoder().decode(resource.text)
  const saved = { ...resource, text, runId: null, etag: null, requestKinds: [], traceparent: null }
  return (await cache.save(saved)).outcome
}

type Outcome = Awaited<ReturnType<typeof save>>

/** The pipeline's own way, without asking for what is plain: a validator that is known must outlive an equal document. */
const saveOne = async (cache: ResourceCache, resource: ResourceToLoad, known: Known | undefined): Promise<Outcome> => {
  if (!known?.present || known.contentHash !== resource.contentHash) return save(cache, resource)
  const { path, resourceType, contentHash, fetchedAt: checkedAt } = resource
  if (known.checkedAt !== null && known.checkedAt >= checkedAt) return 'unchanged'
  const confirmed = { runId: null, path, resourceType, checkedAt, etag: null, contentHash, requestKinds: [] }
  try {
    return (await cache.confirm(confirmed)).outcome
  } catch (error) {
    // Stored anew meanwhile, or never checked.
    if (isPipelineError(error) && error.code === 'pg_conflict') return save(cache, resource)
    throw error
  }
}

/** An error of one document; any other ends the load. */
const isRefusal = ({ code }: PipelineError): boolean => code === 'json_not_storable' || code === 'internal'

const insertNew = async (connection: BulkConnection, resources: readonly ResourceToLoad[]) => {
  try {
    return await connection.insertNew(resources)
  } catch (thrown) {
    // One document that Postgres refuses refuses them all; they are stored one by one, which names it.
    if (isRefusal(classify(thrown))) return new Set<ResourcePath>()
    throw thrown
  }
}

/**
 * Stores documents that came another way than by an event: new ones by COPY, the others as the pipeline does, by which
 * a fetch that is newer than a document stands. Doing it again changes nothing. Throws the errors of the store; what
 * Postgres refuses of a single document is returned.
 */
export const loadBatch = async (
  store: Store,
  connection: BulkConnection,
  resources: readonly ResourceToLoad[],
): Promise<LoadedBatch> => {
  const inserted = await insertNew(connection, resources)
  const others = resources.filter(({ path }) => !inserted.has(path))
  const counts = { stored: inserted.size, unchanged: 0, superseded: 0 }
  const refused: { path: ResourcePath; error: PipelineError }[] = []
  const known = others.length > 0 ? await knownOf(store, others) : new Map<string, Known>()
  const cache = openResourceCache(store)
  const left = others.values()
  const worker = async (): Promise<void> => {
    for (const resource of left) {
      try {
        counts[await saveOne(cache, resource, known.get(resource.path))] += 1
      } catch (thrown) {
        const error = classify(thrown)
        if (!isRefusal(error)) throw thrown
        refused.push({ path: resource.path, error })
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return { ...counts, refused }
}
