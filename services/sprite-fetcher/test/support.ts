import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { after } from 'node:test'
import { classify, type PipelineError } from '@pokepedia/errors'
import { type RunId, type SpriteRequested, spriteRequestedFromJson } from '@pokepedia/events'
import type { Handler, HandlerContext } from '@pokepedia/pipeline'
import { createLog, type Upstream } from '@pokepedia/service'
import { openUpstream } from '@pokepedia/service/upstream'
import {
  createRun,
  getRun,
  migrate,
  openAssetCache,
  openStore,
  type RunWithProgress,
  type Store,
} from '@pokepedia/storage'
import { type ObjectStore, openObjectStore } from '@pokepedia/storage/object-store'
import { z } from 'zod'
import { fetchSprite } from '../src/fetch-sprite.ts'

const stackFile = process.env['POKEPEDIA_TEST_STACK']
if (!stackFile) throw new Error('POKEPEDIA_TEST_STACK names no stack.json; run `npm test`')
export const stack = z
  .object({
    kafka: z.string(),
    postgres: z.string(),
    s3: z.object({ endpoint: z.string(), accessKey: z.string(), secretKey: z.string(), bucket: z.string() }),
  })
  .parse(JSON.parse(readFileSync(stackFile, 'utf8')))

export const log = createLog('test', process.env['LOG_LEVEL'] ?? 'silent')

/** A store on a migrated database of this test file's own, dropped at its end. */
export const freshStore = async (): Promise<Store> => {
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = openStore({ url: stack.postgres, poolSize: 1 }, log)
  await admin.query('making a database', `create database ${name}`)
  const url = new URL(stack.postgres)
  url.pathname = `/${name}`
  await migrate(url.href, log)
  const store = openStore({ url: url.href, poolSize: 8 }, log)
  after(async () => {
    await store[Symbol.asyncDispose]()
    await admin.query('dropping a database', `drop database ${name} with (force)`)
    await admin[Symbol.asyncDispose]()
  })
  return store
}

export const newRun = async (store: Store, force = false): Promise<RunId> =>
  (await createRun(store, { trigger: 'http', request: { force }, requestHash: 'x' })).run.id

export const runOf = async (store: Store, id: RunId): Promise<RunWithProgress> =>
  (await getRun(store, id)) ?? assert.fail(`no run ${id}`)

export interface StubAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Ends the connection after so many bytes of the body, though its whole length was declared. */
  readonly cutAt?: number
  /** Sends the body in pieces, its length unsaid. */
  readonly chunked?: boolean
}

export interface Stub {
  /** `http://127.0.0.1:1234/` */
  readonly root: string
  /** What each path answers from now on; a path that is not set answers 404. An `etag` header is compared. */
  readonly answers: Map<string, StubAnswer>
  /** The requests' headers, by path. */
  readonly requests: { path: string; headers: IncomingHttpHeaders }[]
}

/** An upstream that answers as told. */
export const startStub = async (): Promise<Stub> => {
  const answers = new Map<string, StubAnswer>()
  const requests: Stub['requests'] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    requests.push({ path, headers: request.headers })
    const { status = 200, headers = {}, body = '', cutAt, chunked = false } = answers.get(path) ?? { status: 404 }
    const etag = headers['etag']
    if (etag !== undefined && request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end()
      return
    }
    response.writeHead(status, chunked ? headers : { ...headers, 'content-length': Buffer.byteLength(body) })
    if (cutAt === undefined) response.end(body)
    else response.write(Buffer.from(body).subarray(0, cutAt), () => response.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { root: `http://127.0.0.1:${port}/`, answers, requests }
}

/** A client that may ask the stub alone. */
export const clientOf = (stub: Stub): Upstream => {
  const upstream = openUpstream(
    {
      allowedHosts: [new URL(stub.root).host],
      connectTimeoutMs: 2_000,
      headersTimeoutMs: 5_000,
      bodyTimeoutMs: 5_000,
      connectionsPerHost: 4,
      userAgent: 'test/1 (contact: none)',
    },
    log,
  )
  after(() => upstream[Symbol.asyncDispose]())
  return upstream
}

/** How the runtime would call the handler. */
export const context: HandlerContext = {
  delivery: { topic: 'test', partition: 0, offset: '0', key: null, headers: {}, attempt: 1 },
  signal: new AbortController().signal,
  holds: () => undefined,
  stage: async (_name, work) => work(),
}

/** What a promise rejects with; it must be an error of ours. */
export const failureOf = async (promise: Promise<unknown>): Promise<PipelineError> => {
  const thrown = await promise.then(
    (value) => assert.fail(`no failure but ${JSON.stringify(value)}`),
    (error: unknown) => error,
  )
  const error = classify(thrown)
  assert.equal(error, thrown, `unclassified: ${error.message}`)
  return error
}

export const objects = openObjectStore({ ...stack.s3, region: 'us-east-1' })
await objects.ensureBucket()
after(() => objects[Symbol.asyncDispose]())

export interface Bench {
  readonly store: Store
  readonly stub: Stub
  readonly handler: Handler<SpriteRequested>
  /** Handles one event for a file of the stub as the runtime would. */
  handle(path: string, runId?: RunId): Promise<string>
}

/** The handler with a real database, the stack's bucket and an upstream of its own. */
export const bench = async (freshForMs = 0, to: ObjectStore = objects): Promise<Bench> => {
  const store = await freshStore()
  const stub = await startStub()
  const handler = fetchSprite({
    store,
    cache: openAssetCache(store),
    objects: to,
    upstream: clientOf(stub),
    maxBytes: 1_000_000,
    freshForMs,
  })
  return {
    store,
    stub,
    handler,
    handle: (path, runId) =>
      handler(spriteRequestedFromJson({ url: `${stub.root}${path}`, runId: runId ?? null }), context),
  }
}

const assetRows = z.array(
  z.object({
    source_url: z.string(),
    object_key: z.string(),
    status: z.string(),
    content_type: z.string(),
    sha256: z.string(),
    checked_at: z.date(),
  }),
)
/** The rows of stored files. */
export const assetsIn = async (store: Store): Promise<z.infer<typeof assetRows>> =>
  assetRows.parse(await store.query('reading assets', 'select * from pokepedia_assets order by source_url'))
