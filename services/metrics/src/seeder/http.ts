import { messageOf } from '@pokepedia/errors'
import { runIdSchema } from '@pokepedia/events'
import { type Log, parsed, problem } from '@pokepedia/service'
import { getRun, listRuns, listSchedules, runView, type Store, settledPerSecond } from '@pokepedia/storage'
import type { Request, RequestHandler, Response, Router } from 'express'
import { z } from 'zod'
import { wholeNumber } from '../whole-number.ts'
import { secondsLeft, typeProgress } from './progress.ts'

export interface SeederRoutesOptions {
  readonly store: Store
  /** Root of the seeder's API. */
  readonly seederUrl: string
  readonly token: string
  readonly log: Log
}

/** A dry run reads the upstream's lists, for which the seeder gives itself 20 s. */
const ANSWER_MS = 25_000
const PASSED_BACK = ['content-type', 'location', 'retry-after', 'idempotency-replayed'] as const

/** Sends a request on to the seeder, and its answer back as it is. */
const forward = async (
  { seederUrl, token, log }: SeederRoutesOptions,
  path: string,
  request: Request,
  response: Response,
): Promise<void> => {
  const key = request.get('idempotency-key')
  const answer = await fetch(new URL(path, seederUrl), {
    method: request.method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'x-request-id': String(response.getHeader('x-request-id')),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(request.body ?? {}),
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((cause: unknown) => {
    log.warn({ event: 'seeder.unavailable', err: cause }, `the seeder does not answer: ${messageOf(cause)}`)
    throw problem(502, 'seeder_unavailable', 'the seeder does not answer; look at its log, and at SEEDER_URL')
  })
  const body = await answer.text()
  for (const name of PASSED_BACK) {
    const value = answer.headers.get(name)
    if (value !== null) response.setHeader(name, value)
  }
  response.status(answer.status).end(body)
}

const toSeeder =
  (options: SeederRoutesOptions, pathOf: (request: Request) => string): RequestHandler =>
  (request, response) =>
    forward(options, pathOf(request), request, response)

/** The query of `GET /v1/runs`. */
const runsQuery = z.strictObject({ limit: wholeNumber(1, 100).default(20) })

const runs =
  ({ store }: SeederRoutesOptions): RequestHandler =>
  async (request, response) => {
    const { limit } = parsed(runsQuery, request.query, 'the query')
    response.json({ runs: (await listRuns(store, limit)).map(runView) })
  }

const runIdIn = (request: Request) => parsed(runIdSchema, request.params['id'], 'the run id')

const runProgress =
  ({ store }: SeederRoutesOptions): RequestHandler =>
  async (request, response) => {
    const id = runIdIn(request)
    const run = await getRun(store, id)
    if (!run) throw problem(404, 'run_unknown', `there is no run ${id}`)
    const { byType: _, requestHash: __, ...shown } = run
    const ratePerSecond = run.finishedAt === null ? await settledPerSecond(store, id) : 0
    const inFlight = Object.values(run.counts).reduce((sum, counts) => sum + counts.in_flight, 0)
    const left = run.finishedAt === null ? secondsLeft(inFlight, ratePerSecond) : null
    response.json({ run: shown, types: typeProgress(run), ratePerSecond, secondsLeft: left })
  }

const schedules =
  ({ store }: SeederRoutesOptions): RequestHandler =>
  async (_request, response) =>
    void response.json({ schedules: await listSchedules(store) })

const scheduleIn = (request: Request): string => `/v1/schedules/${encodeURIComponent(String(request.params['name']))}`

/** What changes schedules goes on to the seeder; they are read here, so that they show while the seeder is away. */
const addScheduleRoutes = (router: Router, options: SeederRoutesOptions): Router =>
  router
    .get('/v1/schedules', schedules(options))
    .put(
      '/v1/schedules',
      toSeeder(options, () => '/v1/schedules'),
    )
    .put('/v1/schedules/:name', toSeeder(options, scheduleIn))
    .patch('/v1/schedules/:name', toSeeder(options, scheduleIn))
    .delete('/v1/schedules/:name', toSeeder(options, scheduleIn))
    .post(
      '/v1/schedules/:name/run',
      toSeeder(options, (request) => `${scheduleIn(request)}/run`),
    )

/** Adds what the status page asks of runs and schedules. A browser has one address and one token. */
export const addSeederRoutes = (router: Router, options: SeederRoutesOptions): Router =>
  addScheduleRoutes(router, options)
    .post(
      '/v1/seed',
      toSeeder(options, () => '/v1/seed'),
    )
    .get('/v1/runs', runs(options))
    .get('/v1/runs/:id', runProgress(options))
    .post(
      '/v1/runs/:id/cancel',
      toSeeder(options, (request) => `/v1/runs/${runIdIn(request)}/cancel`),
    )
