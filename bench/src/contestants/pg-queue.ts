import { resourceOf } from '@pokepedia/documents'
import { partsOfPath, resourcePathSchema } from '@pokepedia/events'
import { jsonObjectOf } from '@pokepedia/service'
import type { Store } from '@pokepedia/storage'
import { type AddJobsFunction, Logger, makeWorkerUtils, run, type Task } from 'graphile-worker'
import { z } from 'zod'
import { type Arena, emptyTables } from '../arena.ts'
import type { Contestant } from '../rounds.ts'
import { CONNECTIONS, documentAddresses, IN_FLIGHT, openClient, type UpstreamClient } from '../upstream-client.ts'
import { confirmOne, type Sprite, saveOne, validatorOf } from './one-by-one.ts'

const JOBS_AT_ONCE = 1_000
/** What its documentation recommends for throughput: jobs are taken, and their ends are noted, in batches. */
const BATCHES = { localQueue: { size: 500 }, completeJobBatchDelay: 50, failJobBatchDelay: 50 }
const logger = new Logger(() => () => undefined)
const payloadSchema = z.object({ path: resourcePathSchema, url: z.string() })

/** Jobs for media stay in their table, as the pipeline's events for media stay on their topic. */
const addSprites = async (addJobs: AddJobsFunction, path: string, sprites: readonly Sprite[]): Promise<void> => {
  if (sprites.length === 0) return
  await addJobs(sprites.map(({ url, pointer }) => ({ identifier: 'sprite', payload: { url, path, pointer } })))
}

/** The ingestor's work on one document, by functions of the same schema, but for the run ledger. */
const ingestDocument =
  (store: Store, http: UpstreamClient): Task =>
  async (payload, { addJobs }) => {
    const { path, url } = payloadSchema.parse(payload)
    const fetchedAt = new Date()
    const { status, body, etag } = await http.get(url, await validatorOf(store, path))
    const sprites =
      status === 304
        ? await confirmOne(store, { path, resourceType: partsOfPath(path).resourceType, checkedAt: fetchedAt })
        : await saveOne(store, {
            ...resourceOf({ path, url }, jsonObjectOf({ body, contentType: null, url })),
            etag,
            fetchedAt,
          })
    await addSprites(addJobs, path, sprites)
  }

export interface PgQueueOptions {
  /** Whether each round begins with empty tables. */
  readonly fresh: boolean
  readonly concurrency?: number
  readonly connections?: number
  /** The most documents that are asked for. */
  readonly limit?: number
}

export interface PgQueue extends Contestant, AsyncDisposable {
  /** Jobs a second of the last round, between its first and its last one that ended. */
  rate(): number
}

/** graphile-worker in this process: one job a document, which does what the ingestor does. */
export const openPgQueue = async (
  arena: Arena,
  { fresh, concurrency = IN_FLIGHT, connections = CONNECTIONS, limit }: PgQueueOptions,
): Promise<PgQueue> => {
  const { url: connectionString, store } = await arena.database(
    `bench_queue_${concurrency}_${fresh ? 'fresh' : 'kept'}`,
  )
  const { upstream } = arena.deployment.stack
  const http = openClient(connections)
  const utils = await makeWorkerUtils({ connectionString, logger })
  await utils.migrate()
  const taskList = { ingest: ingestDocument(store, http) }

  let rate = 0

  const work = async (): Promise<number> => {
    const preset = { worker: { ...BATCHES, concurrentJobs: concurrency, maxPoolSize: 10, connectionString } }
    const runner = await run({ preset, taskList, noHandleSignals: true, logger })
    try {
      const addresses = (await documentAddresses(http, upstream)).slice(0, limit)
      let done = 0
      let firstMs = 0
      const ended = new Promise<void>((resolve, reject) => {
        runner.events.on('job:success', () => {
          done += 1
          if (done === 1) firstMs = performance.now()
          if (done === addresses.length) resolve()
        })
        runner.events.on('job:error', ({ error }) => reject(error))
      })
      for (let at = 0; at < addresses.length; at += JOBS_AT_ONCE)
        await utils.addJobs(
          addresses.slice(at, at + JOBS_AT_ONCE).map((payload) => ({ identifier: 'ingest', payload })),
        )
      await ended
      rate = ((done - 1) * 1_000) / (performance.now() - firstMs)
      return done
    } finally {
      await runner.stop()
    }
  }

  let isFilled = false
  return {
    name: 'pg-queue (graphile-worker)',
    processes: ['self', 'postgres'],
    async prepare() {
      await store.query('emptying the queue', 'truncate graphile_worker._private_jobs')
      if (fresh) await emptyTables(store)
      else if (!isFilled) await work()
      isFilled = true
      await store.query('checkpoint', 'checkpoint')
    },
    run: work,
    rate: () => rate,
    async [Symbol.asyncDispose]() {
      await utils.release()
      await http[Symbol.asyncDispose]()
    },
  }
}
