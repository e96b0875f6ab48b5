import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after } from 'node:test'
import type { ResourcePath, RunId } from '@pokepedia/events'
import { createLog } from '@pokepedia/service'
import pg from 'pg'
import { z } from 'zod'
import {
  type AssetToConfirm,
  type AssetToSave,
  createRun,
  migrate,
  openAssetCache,
  openResourceCache,
  openStore,
  type ResourceToConfirm,
  type ResourceToSave,
  type Store,
} from '../src/index.ts'
import { openObjectStore } from '../src/object-store.ts'

const stackSchema = z.object({
  postgres: z.string(),
  s3: z.object({ endpoint: z.string(), accessKey: z.string(), secretKey: z.string(), bucket: z.string() }),
})
const stackFile = process.env['POKEPEDIA_TEST_STACK']
if (!stackFile) throw new Error('POKEPEDIA_TEST_STACK names no stack.json; run `npm test`')
export const stack = stackSchema.parse(JSON.parse(readFileSync(stackFile, 'utf8')))

export const log = createLog('test', 'fatal')

const admin = async (statement: string): Promise<void> => {
  const client = new pg.Client({ connectionString: stack.postgres })
  await client.connect()
  await client.query(statement)
  await client.end()
}

/** An empty database of this test file's own, dropped at its end. */
export const freshDatabase = async (): Promise<string> => {
  const name = `test_${randomBytes(6).toString('hex')}`
  await admin(`create database ${name}`)
  after(() => admin(`drop database ${name} with (force)`))
  const url = new URL(stack.postgres)
  url.pathname = `/${name}`
  return url.href
}

/** A store on a migrated database of its own, and that database's address. */
export const freshStoreUrl = async (): Promise<{ store: Store; url: string }> => {
  const url = await freshDatabase()
  await migrate(url, log)
  const store = openStore({ url, poolSize: 8 }, log)
  after(() => store[Symbol.asyncDispose]())
  return { store, url }
}

/** A store on a migrated database of its own. */
export const freshStore = async (): Promise<Store> => (await freshStoreUrl()).store

export const s3 = { ...stack.s3, region: 'us-east-1' }
export const objects = openObjectStore(s3)
/** Under which a test file keeps its objects in the shared bucket. */
export const prefix = `test-${randomBytes(6).toString('hex')}`
after(() => objects[Symbol.asyncDispose]())

export const path = (text: string): ResourcePath => text as ResourcePath

export const newRun = async (store: Store, force = false): Promise<RunId> =>
  (await createRun(store, { trigger: 'http', request: force ? { force } : {}, requestHash: 'x' })).run.id

/** A document to save, `pokemon/25` with one sprite unless told otherwise. */
export const resource = (changes: Partial<ResourceToSave> = {}): ResourceToSave => ({
  runId: null,
  path: path('pokemon/25'),
  resourceType: 'pokemon',
  resourceId: 25,
  name: 'pikachu',
  url: 'http://127.0.0.1/api/v2/pokemon/25/',
  text: '{"id":25,"name":"pikachu"}',
  contentHash: 'h1',
  etag: '"1"',
  fetchedAt: new Date('2026-01-01T00:00:00Z'),
  references: [{ url: 'http://127.0.0.1/a.png', pointer: '/sprites/front_default', kind: 'sprite' }],
  pokemon: null,
  requestKinds: ['sprite'],
  traceparent: null,
  ...changes,
})

/** Calls of a cache that nobody shares. */
export const saveResource = (store: Store, one: ResourceToSave) => openResourceCache(store).save(one)
export const confirmUnchanged = (store: Store, one: ResourceToConfirm) => openResourceCache(store).confirm(one)
export const resourceValidators = (store: Store, one: ResourcePath) => openResourceCache(store).validators(one)
export const saveAsset = (store: Store, one: AssetToSave) => openAssetCache(store).save(one)
export const confirmAsset = (store: Store, one: AssetToConfirm) => openAssetCache(store).confirm(one)
export const findAsset = (store: Store, url: string) => openAssetCache(store).find({ runId: null, url })

/** What comes one after the other and is of one kind, as one group. */
export const groupsOf = <Item>(items: readonly Item[], kindOf: (item: Item) => unknown): Item[][] => {
  const groups: Item[][] = []
  for (const [i, item] of items.entries()) {
    const before = items[i - 1]
    if (before !== undefined && kindOf(before) === kindOf(item)) groups.at(-1)?.push(item)
    else groups.push([item])
  }
  return groups
}

const readRows = z.tuple([z.object({ read: z.coerce.number() })])

/** Rows that the only connection of a store has read so far. */
const rowsReadBy = async (kept: Store): Promise<number> => {
  // What a connection read is told to others some time later, unless it is asked to tell at once.
  await kept.query('telling', 'select pg_stat_force_next_flush()')
  const rows = await kept.query(
    'counting what was read',
    'select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as read from pg_stat_user_tables',
  )
  return readRows.parse(rows)[0].read
}

/** Rows that the only connection of a store reads for some work. */
export const rowsReadFor = async (kept: Store, work: () => Promise<unknown>): Promise<number> => {
  const before = await rowsReadBy(kept)
  await work()
  return (await rowsReadBy(kept)) - before
}
