import { resourceOf } from '@pokepedia/documents'
import { classify, errors } from '@pokepedia/errors'
import { urlOfPath } from '@pokepedia/events'
import { jsonDocumentOf, jsonTextOf, type Log, Scope } from '@pokepedia/service'
import { loadBatch, openBulkConnection, openStore, type ResourceToLoad } from '@pokepedia/storage'
import { faultOf, type ImportFile, type ImportSource } from './import-file.ts'
import { type LinkRoots, relinked } from './relink.ts'
import { openSkips, type Skipped, type Skips } from './skips.ts'

export interface ImportOptions {
  readonly source: ImportSource
  readonly database: string
  readonly roots: LinkRoots
  /** Limit of one document. */
  readonly maxBytes: number
  /** No document is newer than this: a file from the future would refuse every later fetch. */
  readonly now: Date
  readonly log: Log
  /** Called as batches are stored. */
  readonly onProgress: (progress: ImportProgress) => void
}

/** Documents by what came of them, as of the ledger's outcomes of the same name. */
export interface ImportCounts {
  stored: number
  unchanged: number
  superseded: number
}

export interface ImportProgress extends Readonly<ImportCounts> {
  /** 0 to 1. */
  readonly share: number
}

export interface ImportResult extends Readonly<ImportCounts> {
  readonly skipped: readonly Skipped[]
  /** Paths of every document that was read. */
  readonly paths: readonly string[]
}

/** One transaction's worth. A larger batch is not faster, and the next one is prepared while one is stored. */
const BATCH_BYTES = 8 * 1024 * 1024
const BATCH_COUNT = 1_000
/** One batch is parsed while two are stored: what two cores can do. */
const CONNECTIONS = 3

type DocumentFile = ImportFile & { kind: 'document' }

/** Throws the errors of a document that is none. */
const resourceIn = (file: DocumentFile, { roots, maxBytes, now }: ImportOptions): ResourceToLoad => {
  const { path, bytes, modifiedAt } = file
  if (bytes.length > maxBytes) throw errors('body_too_large', `${bytes.length} bytes, the limit is ${maxBytes}`)
  const url = urlOfPath(roots.apiRoot, path)
  const document = jsonDocumentOf(relinked(jsonTextOf(bytes, path), roots), path)
  return { ...resourceOf({ path, url }, document), fetchedAt: modifiedAt < now ? modifiedAt : now }
}

/** The documents in batches; each consumer takes the next one. */
async function* batchesOf(options: ImportOptions, skips: Skips): AsyncGenerator<ResourceToLoad[]> {
  let batch: ResourceToLoad[] = []
  let bytes = 0
  for await (const file of options.source.files()) {
    if (file.kind === 'skip') {
      skips.add(file.reason, file.name, file.detail)
      continue
    }
    try {
      batch.push(resourceIn(file, options))
    } catch (thrown) {
      const { reason, detail } = faultOf(classify(thrown))
      skips.add(reason, `${file.path}/index.json`, detail)
      continue
    }
    bytes += file.bytes.length
    if (bytes < BATCH_BYTES && batch.length < BATCH_COUNT) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

/**
 * Loads every document of a source into a migrated database. Each batch is one transaction, and a resource is never
 * there without its references and projection; after a kill the next call finds what is stored unchanged and goes on.
 * Throws the errors of the source and of Postgres.
 */
export const runImport = async (options: ImportOptions): Promise<ImportResult> => {
  const { source, database, log, onProgress } = options
  await using scope = new Scope()
  const store = scope.add(openStore({ url: database, poolSize: CONNECTIONS * 2 }, log))
  const skips = openSkips()
  const counts: ImportCounts = { stored: 0, unchanged: 0, superseded: 0 }
  const paths: string[] = []
  const batches = batchesOf(options, skips)

  const consume = async (): Promise<void> => {
    await using connection = await openBulkConnection(database, log)
    for await (const batch of batches) {
      const { refused, ...loaded } = await loadBatch(store, connection, batch)
      counts.stored += loaded.stored
      counts.unchanged += loaded.unchanged
      counts.superseded += loaded.superseded
      for (const { path, error } of refused) {
        const { reason, detail } = faultOf(error)
        skips.add(reason, `${path}/index.json`, detail)
      }
      for (const { path } of batch) paths.push(path)
      onProgress({ ...counts, share: source.progress() })
    }
  }
  // All have ended before the connections are closed; the first failure has ended the reading for the others, too.
  const ended = await Promise.allSettled(Array.from({ length: CONNECTIONS }, consume))
  const failed = ended.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
  // Until autovacuum comes by, the planner would take the tables for empty.
  await store.query(
    'analysing what was imported',
    'analyze pokeapi_resources, pokepedia_resource_checks, pokepedia_asset_references, pokepedia_pokemon',
  )
  return { ...counts, skipped: skips.list(), paths }
}
