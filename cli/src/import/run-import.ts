import { availableParallelism } from 'node:os'
import { type Log, Scope } from '@pokepedia/service'
import { loadBatch, migrate, openBulkConnection, openStore, untilDurable } from '@pokepedia/storage'
import { Tinypool } from 'tinypool'
import { type DocumentFile, faultOf, type ImportSource, nameOf } from './import-file.ts'
import type { FilesToParse, ParsedFiles } from './parse-files.ts'
import { openSkips, type Skipped, type Skips } from './skips.ts'

export interface ImportOptions extends Omit<FilesToParse, 'files'> {
  readonly source: ImportSource
  readonly database: string
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

/** One transaction's worth. A larger batch is not faster. */
const BATCH_BYTES = 8 * 1024 * 1024
const BATCH_COUNT = 1_000
/** Threads that parse; Postgres stores no faster than four can. */
const THREADS = Math.min(4, availableParallelism())
/** Batches on their way: as many as are parsed at once, and two that are stored meanwhile. */
const CONNECTIONS = THREADS + 2
/** What is parsed lives for a batch, and a small young generation would copy it several times. */
const YOUNG_GENERATION_MB = 64

const TABLES = ['pokeapi_resources', 'pokepedia_resource_checks', 'pokepedia_asset_references', 'pokepedia_pokemon']

/** The files in batches; each consumer takes the next one. */
async function* batchesOf(source: ImportSource, skips: Skips): AsyncGenerator<DocumentFile[]> {
  let batch: DocumentFile[] = []
  let bytes = 0
  for await (const file of source.files()) {
    if (file.kind === 'skip') {
      skips.add(file.reason, file.name, file.detail)
      continue
    }
    batch.push(file)
    bytes += file.byteLength
    if (bytes < BATCH_BYTES && batch.length < BATCH_COUNT) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

const openThreads = () => {
  const pool = new Tinypool({
    filename: new URL('./parse-files.js', import.meta.url),
    minThreads: THREADS,
    maxThreads: THREADS,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  })
  return {
    async parse(given: FilesToParse): Promise<ParsedFiles> {
      const parsed: ParsedFiles = await pool.run(given)
      return parsed
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  }
}

/**
 * Migrates a database and loads every document of a source into it. Each batch is one transaction, and a resource is
 * never there without its references and projection; after a kill the next call finds what is stored unchanged and goes
 * on.
 * Throws the errors of the source and of Postgres.
 */
export const runImport = async (options: ImportOptions): Promise<ImportResult> => {
  const { source, database, log, onProgress, roots, maxBytes, now } = options
  await using scope = new Scope()
  // The threads load their code meanwhile.
  const threads = scope.add(openThreads())
  await migrate(database, log)
  const store = scope.add(openStore({ url: database, poolSize: CONNECTIONS * 2 }, log))
  const skips = openSkips()
  const counts: ImportCounts = { stored: 0, unchanged: 0, superseded: 0 }
  const paths: string[] = []
  const batches = batchesOf(source, skips)

  const consume = async (): Promise<void> => {
    await using connection = await openBulkConnection(database, log)
    for await (const files of batches) {
      const { resources, faulty } = await threads.parse({ files, roots, maxBytes, now })
      for (const { name, reason, detail } of faulty) skips.add(reason, name, detail)
      const { refused, ...loaded } = await loadBatch(store, connection, resources)
      counts.stored += loaded.stored
      counts.unchanged += loaded.unchanged
      counts.superseded += loaded.superseded
      for (const { path, error } of refused) {
        const { reason, detail } = faultOf(error)
        skips.add(reason, nameOf(path), detail)
      }
      for (const { path } of resources) paths.push(path)
      onProgress({ ...counts, share: source.progress() })
    }
  }
  // All have ended before the connections are closed; the first failure has ended the reading for the others, too.
  const ended = await Promise.allSettled(Array.from({ length: CONNECTIONS }, consume))
  const failed = ended.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
  await untilDurable(store)
  // Until autovacuum comes by, the planner would take the tables for empty.
  await Promise.all(TABLES.map((table) => store.query('analysing what was imported', `analyze ${table}`)))
  return { ...counts, skipped: skips.list(), paths }
}
