import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { after } from 'node:test'
import { classify, type PipelineError } from '@pokepedia/errors'
import {
  type ResourceChanged,
  type ResourceRequested,
  type RunId,
  resourceRequestedFromJson,
  type SpriteRequested,
} from '@pokepedia/events'
import type { Handler, HandlerContext } from '@pokepedia/pipeline'
import { createLog, resourceSettingsOf, type Upstream } from '@pokepedia/service'
import { openUpstream } from '@pokepedia/service/upstream'
import {
  createRun,
  getRun,
  type MediaKind,
  migrate,
  openResourceCache,
  openStore,
  type RunWithProgress,
  type Store,
} from '@pokepedia/storage'
import { z } from 'zod'
import { startSendingChanges } from '../src/changes.ts'
import { ingest } from '../src/ingest.ts'

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
    const { status = 200, headers = {}, body = '', cutAt } = answers.get(path) ?? { status: 404 }
    const etag = headers['etag']
    if (etag !== undefined && request.headers['if-none-match'] === etag) {
      response.writeHead(304, headers).end()
      return
    }
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
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

export interface Bench {
  readonly store: Store
  readonly stub: Stub
  /** Sprite events that were acknowledged, in order. */
  readonly emitted: SpriteRequested[]
  /** Changes that were acknowledged, in order. */
  readonly changes: ResourceChanged[]
  /** Thrown by the next emits, when set. */
  emitFailure: Error | undefined
  changeFailure: Error | undefined
  readonly handler: Handler<ResourceRequested>
  /** Handles one event as the runtime would. */
  handle(path: string, changes?: Partial<ResourceRequested>): Promise<string>
}

/** The handler with a real database and an upstream of its own. */
export const bench = async (requestKinds: readonly MediaKind[] = ['sprite']): Promise<Bench> => {
  const store = await freshStore()
  const stub = await startStub()
  const sending = startSendingChanges({
    store,
    emit: async (events) => {
      if (self.changeFailure) throw self.changeFailure
      self.changes.push(...events)
    },
    log,
  })
  after(() => sending[Symbol.asyncDispose]())
  const handler = ingest({
    store,
    cache: openResourceCache(store),
    upstream: clientOf(stub),
    requestSprites: async (events) => {
      if (self.emitFailure) throw self.emitFailure
      self.emitted.push(...events)
    },
    sendChange: sending.send,
    resources: resourceSettingsOf({}),
    maxBytes: 12_000_000,
    requestKinds,
    log,
  })
  const self: Bench = {
    store,
    stub,
    emitted: [],
    changes: [],
    handler,
    emitFailure: undefined,
    changeFailure: undefined,
    handle: (path, changes = {}) => handler({ ...resourceRequestedFromJson({ path }, stub.root), ...changes }, context),
  }
  return self
}

export const document = (value: unknown, etag?: string): StubAnswer => ({
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json', ...(etag === undefined ? {} : { etag }) },
})

/** The resource's row with its place on disk, which changes with every rewrite. */
export const rowOf = async (store: Store, path: string): Promise<Record<string, unknown>> => {
  const rows = await store.query(
    'reading a row',
    'select ctid::text, xmin::text, * from pokeapi_resources where path = $1',
    [path],
  )
  return z.array(z.record(z.string(), z.unknown())).parse(rows)[0] ?? assert.fail(`no row ${path}`)
}
