import { CATCH_UPS } from '@pokepedia/storage'
import { z } from 'zod'
import { scheduleBodySchema, scheduleChangesSchema, schedulesBodySchema } from './schema.ts'

const json = (schema: object) => ({ 'application/json': { schema } })
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const refusal = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
})
const bodyOf = (schema: z.ZodType): object => z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' })
const text = { type: 'string' }
const time = { type: ['string', 'null'], format: 'date-time' }
const count = { type: 'integer', minimum: 0 }
const flag = { type: 'boolean' }

const schedule = {
  name: text,
  cron: { ...text, description: 'Five fields, or six with seconds first.' },
  timeZone: { ...text, description: 'IANA name.' },
  enabled: flag,
  note: text,
  catchUp: { ...text, enum: CATCH_UPS },
  origin: { ...text, enum: ['file', 'api'], description: 'file: it goes away with its entry in a later version.' },
  request: {
    type: 'object',
    properties: { types: { type: 'array', items: text }, limit: count, force: flag },
    description: 'What its runs ask for; nothing given means everything.',
  },
  lastRun: {
    type: ['object', 'null'],
    properties: { id: text, state: text, startedAt: { ...text, format: 'date-time' } },
  },
  lastRunAt: time,
  lastSuccessAt: { ...time, description: 'When a run last completed, with or without dead letters.' },
  nextAt: { ...time, description: 'Null while it is disabled.' },
  missed: { ...count, description: 'Ticks that no seeder was there for and that were not caught up with.' },
  skipped: { ...count, description: 'Ticks that met a run of the schedule which was still going.' },
  lastTick: {
    type: ['object', 'null'],
    properties: {
      dueAt: { ...text, format: 'date-time' },
      outcome: { ...text, enum: ['fired', 'skipped', 'missed'] },
      cause: { type: ['string', 'null'] },
    },
  },
}

export const scheduleSchemas = {
  Schedule: { type: 'object', properties: schedule, required: Object.keys(schedule) },
  Schedules: {
    type: 'object',
    properties: { schedules: { type: 'array', items: ref('Schedule') } },
    required: ['schedules'],
  },
  SchedulesToPut: bodyOf(schedulesBodySchema),
  ScheduleToPut: bodyOf(scheduleBodySchema),
  ScheduleChanges: bodyOf(scheduleChangesSchema),
}

const security = [{ token: [] }]
const shown = (description: string, name: string) => ({ description, content: json(ref(name)) })
const refusals = {
  400: refusal('The body, the name, the cron expression or the time zone is malformed; the reason is in detail'),
  401: refusal('No token, or another one'),
}
const putRefusals = {
  ...refusals,
  404: refusal('type_unknown: the upstream has no such type; schedule_unknown'),
  503: refusal('upstream_unavailable: the types can not be checked now; or pg_unavailable'),
}
const parameters = [{ name: 'name', in: 'path', required: true, schema: text }]

/** Paths of schedules (OpenAPI 3.1). */
export const schedulePaths = {
  '/v1/schedules': {
    get: { summary: 'Every schedule, by name', responses: { 200: shown('Schedules', 'Schedules') } },
    put: {
      summary: 'Replace the whole set; putting the same again changes nothing',
      security,
      requestBody: { required: true, content: json(ref('SchedulesToPut')) },
      responses: { 200: shown('The schedules from now on', 'Schedules'), ...putRefusals },
    },
  },
  '/v1/schedules/{name}': {
    put: {
      summary: 'Create or replace one schedule',
      security,
      parameters,
      requestBody: { required: true, content: json(ref('ScheduleToPut')) },
      responses: { 200: shown('The schedule', 'Schedule'), ...putRefusals },
    },
    patch: {
      summary: 'Change some of a schedule, for example whether it is enabled',
      security,
      parameters,
      requestBody: { required: true, content: json(ref('ScheduleChanges')) },
      responses: { 200: shown('The schedule', 'Schedule'), ...putRefusals },
    },
    delete: {
      summary: 'Remove a schedule; its runs go on',
      security,
      parameters,
      responses: { 204: { description: 'It is removed' }, ...refusals, 404: refusal('schedule_unknown') },
    },
  },
  '/v1/schedules/{name}/run': {
    post: {
      summary: 'Make a run of the schedule now, enabled or not',
      security,
      parameters,
      responses: {
        202: { description: 'The run', headers: { Location: { schema: text } } },
        ...refusals,
        404: refusal('schedule_unknown'),
        409: refusal('schedule_running: a run of it is still going; runId names it'),
      },
    },
  },
}
