import { isRunId, type ResourcePath, type RunId, resourcePathSchema } from '@pokepedia/events'
import { z } from 'zod'
import { failure } from './failure.ts'
import { ask } from './service-client.ts'
import type { StackJson } from './stack-json.ts'

/** What to request; nothing given means everything. */
export interface SeedBody {
  readonly types?: readonly string[] | undefined
  readonly paths?: readonly ResourcePath[] | undefined
  readonly limit?: number | undefined
  readonly force?: boolean | undefined
}

const seed = (stack: StackJson, body: object) =>
  ask(stack, { service: 'seeder', method: 'POST', path: '/v1/seed', body })

/** Starts a run through `POST /v1/seed` and returns its id. */
export const requestRun = async (stack: StackJson, body: SeedBody): Promise<RunId> => {
  const { headers } = await seed(stack, body)
  const id = headers.get('location')?.split('/').at(-1) ?? ''
  if (!isRunId(id)) throw failure(`the seeder named no run; its Location is ${headers.get('location')}`)
  return id
}

const discoveredSchema = z.object({ types: z.record(z.string(), z.array(resourcePathSchema)) })

/** What the upstream's lists name now, by type, through `POST /v1/discover`. */
export const readListing = async (
  stack: StackJson,
  types: readonly string[] | undefined,
): Promise<Map<string, Set<ResourcePath>>> => {
  const { json } = await ask(stack, { service: 'seeder', method: 'POST', path: '/v1/discover', body: { types } })
  return new Map(Object.entries(discoveredSchema.parse(json).types).map(([type, paths]) => [type, new Set(paths)]))
}

const cancelledSchema = z.looseObject({ id: z.string(), state: z.string() })

/** Cancels a run through `POST /v1/runs/:id/cancel` and returns it; fails when it is unknown or ended otherwise. */
export const postCancelRun = async (stack: StackJson, runId: RunId) => {
  const path = `/v1/runs/${runId}/cancel`
  return cancelledSchema.parse((await ask(stack, { service: 'seeder', method: 'POST', path, body: {} })).json)
}

/** What `POST /v1/seed` with `dryRun` answers: how much a seed would request. */
export const countSeed = async (stack: StackJson, body: SeedBody): Promise<unknown> =>
  (await seed(stack, { ...body, dryRun: true })).json
