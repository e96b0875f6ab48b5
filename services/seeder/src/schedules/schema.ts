import { CATCH_UPS, type Schedule, type ScheduleToPut } from '@pokepedia/storage'
import { z } from 'zod'
import { requestHashOf, seedRequestSchema } from '../seed-request.ts'
import { cronFault, nextTick } from './cron.ts'

const MOST_SCHEDULES = 100

export const scheduleNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be 1 to 63 characters of a-z, 0-9 and hyphen')

const { types, limit } = seedRequestSchema.shape
const fields = {
  cron: z.string().max(100),
  timeZone: z.string().max(100).default('UTC'),
  types,
  limit,
  /** Fetch without validators. */
  force: z.boolean().default(false),
  enabled: z.boolean().default(true),
  note: z.string().max(500).default(''),
  /** What becomes of a tick that no seeder was there for. */
  catchUp: z.enum(CATCH_UPS).default('once'),
}

const timed = <Shape extends { cron: z.ZodString; timeZone: z.ZodDefault<z.ZodString> }>(schema: z.ZodObject<Shape>) =>
  schema.superRefine((value, context) => {
    const { cron, timeZone } = z.object({ cron: z.string(), timeZone: z.string() }).parse(value)
    const message = cronFault({ cron, timeZone })
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['cron'], message })
  })

/** The body of `PUT /v1/schedules/:name`. */
export const scheduleBodySchema = timed(z.strictObject(fields))
export type ScheduleBody = z.infer<typeof scheduleBodySchema>

/** The body of `PATCH /v1/schedules/:name`: what is to change. */
export const scheduleChangesSchema = z
  .strictObject({
    ...fields,
    timeZone: fields.timeZone.unwrap(),
    force: fields.force.unwrap(),
    enabled: fields.enabled.unwrap(),
    note: fields.note.unwrap(),
    catchUp: fields.catchUp.unwrap(),
  })
  .partial()

const namedSchema = timed(z.strictObject({ name: scheduleNameSchema, ...fields }))
export type NamedSchedule = z.infer<typeof namedSchema>

const setSchema = z
  .array(namedSchema)
  .max(MOST_SCHEDULES)
  .superRefine((schedules, context) => {
    const seen = new Set<string>()
    for (const [i, { name }] of schedules.entries()) {
      if (seen.has(name)) context.addIssue({ code: 'custom', path: [i, 'name'], message: `${name} is there twice` })
      seen.add(name)
    }
  })

/** The body of `PUT /v1/schedules`: the whole set. */
export const schedulesBodySchema = z.strictObject({ schedules: setSchema })

/** SCHEDULES_FILE: what is applied when its version is higher than the last one applied. */
export const scheduleFileSchema = z.strictObject({ version: z.int().min(1).max(2_147_483_647), schedules: setSchema })

/** A schedule as it goes to the database; its first tick is the first after `at`. */
export const scheduleToPut = (
  { name, cron, timeZone, types, limit, force, enabled, note, catchUp }: NamedSchedule,
  at: Date,
): ScheduleToPut => {
  const request = {
    ...(types === undefined ? {} : { types: [...new Set(types)] }),
    ...(limit === undefined ? {} : { limit }),
    ...(force ? { force } : {}),
  }
  return {
    name,
    cron,
    timeZone,
    request,
    requestHash: requestHashOf({ ...request, force, dryRun: false }),
    enabled,
    note,
    catchUp,
    nextAt: enabled ? nextTick({ cron, timeZone }, at) : null,
  }
}

/** What was put, so that some of it can be changed. */
export const bodyOf = ({ cron, timeZone, request, enabled, note, catchUp }: Schedule): ScheduleBody => ({
  cron,
  timeZone,
  ...request,
  force: request.force ?? false,
  enabled,
  note,
  catchUp,
})
