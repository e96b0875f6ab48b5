import { runIdSchema } from '@pokepedia/events'
import { HttpProblem, type Log, parsed, problem } from '@pokepedia/service'
import { cancelRun, createRun, getRun, listRuns, runDetails, runView, type Store, seedView } from '@pokepedia/storage'
import { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import { discover, listsOf } from './discover.ts'
import type { ListSource } from './lists.ts'
import type { SeederMetrics, SeedResult } from './metrics.ts'
import { openapi } from './openapi.ts'
import { problemFor } from './problem-for.ts'
import { traceparentIn } from './request-trace.ts'
import type { ResourceTypes } from './resource-types.ts'
import { addScheduleRoutes } from './schedules/http.ts'
import {
  discoverRequestSchema,
  idempotencyKeySchema,
  requestHashOf,
  type SeedRequest,
  seedRequestSchema,
} from './seed-request.ts'

export interface HttpOptions {
  readonly store: Store
  readonly source: ListSource
  readonly types: ResourceTypes
  readonly metrics: SeederMetrics
  readonly log: Log
  /** Told of each new run. */
  readonly onRun: () => void
}

const DRY_RUN_LIMIT_MS = 20_000
const DISCOVER_LIMIT_MS = 50_000
const runsQuery = z.object({
  limit: z
    .string()
    .regex(/^[0-9]{1,3}$/)
    .transform(Number)
    .pipe(z.int().min(1))
    .default(20),
})

const countByType = async (request: SeedRequest, { source, log }: HttpOptions) => {
  const entries = await discover(request, { source, log, signal: AbortSignal.timeout(DRY_RUN_LIMIT_MS) })
  const byType = new Map<string, number>()
  for (const { resourceType } of entries) byType.set(resourceType, (byType.get(resourceType) ?? 0) + 1)
  return { requested: entries.length, byType: Object.fromEntries([...byType].sort(([a], [b]) => a.localeCompare(b))) }
}

/** `POST /v1/discover`: the paths that the upstream's lists name now, by type; makes no run. */
const discovered = (options: HttpOptions): RequestHandler => {
  const { source, types, log } = options
  return async (request, response) => {
    const selection = parsed(discoverRequestSchema, request.body ?? {}, 'the body')
    try {
      if (selection.types) listsOf(await types(), selection.types)
      const entries = await discover(selection, { source, log, signal: AbortSignal.timeout(DISCOVER_LIMIT_MS) })
      const byType = new Map<string, string[]>()
      for (const { resourceType, path } of entries) {
        const paths = byType.get(resourceType)
        if (paths) paths.push(path)
        else byType.set(resourceType, [path])
      }
      response.json({ types: Object.fromEntries(byType) })
    } catch (error) {
      throw problemFor(error, response)
    }
  }
}

/** `POST /v1/seed`: makes the run and answers; the loop does the rest, so a slow upstream holds up nobody. */
const seed = (options: HttpOptions): RequestHandler => {
  const { store, types, metrics, onRun } = options

  const answer = async (...[request, response]: Parameters<RequestHandler>): Promise<SeedResult> => {
    const seedRequest = parsed(seedRequestSchema, request.body ?? {}, 'the body')
    const idempotencyKey = parsed(idempotencyKeySchema, request.get('idempotency-key'), 'Idempotency-Key')
    if (seedRequest.types) listsOf(await types(), seedRequest.types)
    if (seedRequest.dryRun) {
      response.json(await countByType(seedRequest, options))
      return 'counted'
    }
    const { dryRun: _, ...asked } = seedRequest
    const { run, created } = await createRun(store, {
      trigger: 'http',
      request: asked,
      requestHash: requestHashOf(seedRequest),
      traceparent: traceparentIn(request),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    })
    if (created) onRun()
    else response.setHeader('idempotency-replayed', 'true')
    response.status(202).location(`/v1/runs/${run.id}`).json(seedView(run))
    return created ? 'accepted' : 'replayed'
  }

  return async (request, response, next) => {
    try {
      metrics.seedRequested('http', await answer(request, response, next))
    } catch (thrown) {
      const error = problemFor(thrown, response)
      metrics.seedRequested('http', error instanceof HttpProblem && error.status < 500 ? 'refused' : 'failed')
      throw error
    }
  }
}

const runs =
  ({ store }: HttpOptions): RequestHandler =>
  async (request, response) => {
    const { limit } = parsed(runsQuery, request.query, 'the query')
    response.json({ runs: (await listRuns(store, limit)).map(runView) })
  }

const oneRun =
  ({ store }: HttpOptions): RequestHandler =>
  async (request, response) => {
    const id = parsed(runIdSchema, request.params['id'], 'the run id')
    const run = await getRun(store, id)
    if (!run) throw problem(404, 'run_unknown', `there is no run ${id}`)
    response.json(runDetails(run))
  }

/** `POST /v1/runs/:id/cancel`: ends the run now. Cancelling it again is no error; what ended otherwise stays so. */
const cancel =
  ({ store, metrics, log }: HttpOptions): RequestHandler =>
  async (request, response) => {
    const id = parsed(runIdSchema, request.params['id'], 'the run id')
    const cancelled = await cancelRun(store, id)
    const run = await getRun(store, id)
    if (!run) throw problem(404, 'run_unknown', `there is no run ${id}`)
    if (cancelled) {
      metrics.ended(run, Date.now() - run.startedAt.getTime())
      log.info({ event: 'run.cancelled', run_id: id }, `run ${id} is cancelled on request`)
    } else if (run.state !== 'cancelled') {
      throw problem(409, 'run_ended', `run ${id} has ended as ${run.state}; only an open run can be cancelled`)
    }
    response.json(runDetails(run))
  }

/** The seeder's own routes; `openapi.ts` describes them. */
export const seederRoutes = (options: HttpOptions): Router =>
  addScheduleRoutes(Router(), options)
    .post('/v1/seed', seed(options))
    .post('/v1/discover', discovered(options))
    .get('/v1/runs', runs(options))
    .get('/v1/runs/:id', oneRun(options))
    .post('/v1/runs/:id/cancel', cancel(options))
    .get('/openapi.json', (_request, response) => void response.json(openapi))
