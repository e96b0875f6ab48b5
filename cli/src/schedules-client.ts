import { z } from 'zod'
import { ask } from './service-client.ts'
import type { StackJson } from './stack-json.ts'

const scheduleSchema = z.looseObject({ name: z.string(), nextAt: z.string().nullable() })
const runSchema = z.looseObject({ runId: z.string() })
const pathOf = (name: string): string => `/v1/schedules/${encodeURIComponent(name)}`

/** Creates or replaces a schedule; fields that are undefined have their defaults. */
export const putSchedule = async (stack: StackJson, name: string, body: object) =>
  scheduleSchema.parse((await ask(stack, { service: 'seeder', method: 'PUT', path: pathOf(name), body })).json)

/** Changes some fields of a schedule. */
export const patchSchedule = async (stack: StackJson, name: string, body: object) =>
  scheduleSchema.parse((await ask(stack, { service: 'seeder', method: 'PATCH', path: pathOf(name), body })).json)

export const deleteSchedule = async (stack: StackJson, name: string): Promise<void> => {
  await ask(stack, { service: 'seeder', method: 'DELETE', path: pathOf(name) })
}

/** Starts a run of the schedule; fails when one of its runs is still going. */
export const postRunSchedule = async (stack: StackJson, name: string) =>
  runSchema.parse((await ask(stack, { service: 'seeder', method: 'POST', path: `${pathOf(name)}/run`, body: {} })).json)
