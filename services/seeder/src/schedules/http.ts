import { type Log, parsed, problem } from '@pokepedia/service'
import { databaseNow, listSchedules, putSchedules, removeSchedule, runSchedule, type Store } from '@pokepedia/storage'
import type { Request, RequestHandler, Response, Router } from 'express'
import { listsOf } from '../discover.ts'
import type { SeederMetrics } from '../metrics.ts'
import { problemFor } from '../problem-for.ts'
import { traceparentIn } from '../request-trace.ts'
import type { ResourceTypes } from '../resource-types.ts'
import {
  bodyOf,
  type NamedSchedule,
  scheduleBodySchema,
  scheduleChangesSchema,
  scheduleNameSchema,
  schedulesBodySchema,
  scheduleToPut,
} from './schema.ts'

export interface ScheduleRoutesOptions {
  readonly store: Store
  readonly types: ResourceTypes
  readonly metrics: Pick<SeederMetrics, 'seedRequested'>
  readonly log: Log
  /** Told of each new run. */
  readonly onRun: () => void
}

const nameIn = (request: Request): string => parsed(scheduleNameSchema, request.params['name'], 'the name')
const unknown = (name: string) => problem(404, 'schedule_unknown', `there is no schedule ${name}`)

const put = async (
  { store, types, log }: ScheduleRoutesOptions,
  schedules: readonly NamedSchedule[],
  replace: boolean,
  response: Response,
): Promise<void> => {
  try {
    const named = schedules.flatMap((schedule) => schedule.types ?? [])
    if (named.length > 0) listsOf(await types(), named)
  } catch (error) {
    throw problemFor(error, response)
  }
  const at = await databaseNow(store)
  const toPut = schedules.map((schedule) => scheduleToPut(schedule, at))
  await putSchedules(store, toPut, { at, replace })
  const names = schedules.map(({ name }) => name)
  log.info({ event: 'schedules.put', schedules: names, replace }, `schedules are put: ${names.join(', ') || 'none'}`)
}

const one = async ({ store }: ScheduleRoutesOptions, name: string) => {
  const [schedule] = await listSchedules(store, name)
  if (!schedule) throw unknown(name)
  return schedule
}

const list =
  ({ store }: ScheduleRoutesOptions): RequestHandler =>
  async (_request, response) =>
    void response.json({ schedules: await listSchedules(store) })

const putAll =
  (options: ScheduleRoutesOptions): RequestHandler =>
  async (request, response) => {
    const { schedules } = parsed(schedulesBodySchema, request.body, 'the body')
    await put(options, schedules, true, response)
    response.json({ schedules: await listSchedules(options.store) })
  }

const putOne =
  (options: ScheduleRoutesOptions): RequestHandler =>
  async (request, response) => {
    const name = nameIn(request)
    await put(options, [{ name, ...parsed(scheduleBodySchema, request.body, 'the body') }], false, response)
    response.json(await one(options, name))
  }

const change =
  (options: ScheduleRoutesOptions): RequestHandler =>
  async (request, response) => {
    const name = nameIn(request)
    const changes = parsed(scheduleChangesSchema, request.body, 'the body')
    const changed = parsed(scheduleBodySchema, { ...bodyOf(await one(options, name)), ...changes }, 'the schedule')
    await put(options, [{ name, ...changed }], false, response)
    response.json(await one(options, name))
  }

const remove =
  ({ store, log }: ScheduleRoutesOptions): RequestHandler =>
  async (request, response) => {
    const name = nameIn(request)
    if (!(await removeSchedule(store, name))) throw unknown(name)
    log.info({ event: 'schedules.removed', schedules: [name] }, `the schedule ${name} is removed`)
    response.status(204).end()
  }

const run =
  ({ store, metrics, onRun }: ScheduleRoutesOptions): RequestHandler =>
  async (request, response) => {
    const name = nameIn(request)
    const made = await runSchedule(store, name, traceparentIn(request))
    if (!made) throw unknown(name)
    if (made.open !== null) {
      metrics.seedRequested('http', 'refused')
      throw problem(409, 'schedule_running', `run ${made.open} of ${name} is still going`, { runId: made.open })
    }
    metrics.seedRequested('http', 'accepted')
    onRun()
    response.status(202).location(`/v1/runs/${made.runId}`).json({ runId: made.runId, schedule: name })
  }

/** Adds the routes of schedules; `openapi.ts` describes them. */
export const addScheduleRoutes = (router: Router, options: ScheduleRoutesOptions): Router =>
  router
    .get('/v1/schedules', list(options))
    .put('/v1/schedules', putAll(options))
    .put('/v1/schedules/:name', putOne(options))
    .patch('/v1/schedules/:name', change(options))
    .delete('/v1/schedules/:name', remove(options))
    .post('/v1/schedules/:name/run', run(options))
