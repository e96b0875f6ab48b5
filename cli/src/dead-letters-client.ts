import { z } from 'zod'
import { ask } from './service-client.ts'
import type { StackJson } from './stack-json.ts'

// Of what the metrics service answers, the parts that are printed; `--json` prints the answers whole.

const letterShape = {
  id: z.int(),
  state: z.string(),
  queue: z.string(),
  key: z.string().nullable(),
  type: z.string().nullable(),
  runId: z.string().nullable(),
  code: z.string(),
  stage: z.string().nullable(),
  reason: z.string(),
  fingerprint: z.string().nullable(),
  message: z.string().nullable(),
  attempt: z.int(),
  redriveCount: z.int(),
  diedAt: z.string(),
  redriveId: z.string().nullable(),
  outcome: z.string().nullable(),
}
const lettersSchema = z.looseObject({ letters: z.array(z.looseObject(letterShape)), next: z.int().nullable() })

const groupsSchema = z.looseObject({
  groups: z.array(
    z.looseObject({
      queue: z.string(),
      code: z.string(),
      fingerprint: z.string().nullable(),
      letters: z.int(),
      firstDiedAt: z.string(),
      lastDiedAt: z.string(),
      sampleId: z.int(),
      message: z.string().nullable(),
    }),
  ),
})

const place = z.object({ topic: z.string(), partition: z.int(), offset: z.string() })
const letterSchema = z.looseObject({
  ...letterShape,
  headers: z.record(z.string(), z.string()),
  place,
  origin: place,
  value: z.object({
    bytes: z.int(),
    decoded: z.unknown(),
    text: z.string().nullable(),
    error: z.string().nullable(),
  }),
})
export type LetterDetails = z.infer<typeof letterSchema>

const previewSchema = z.looseObject({
  selected: z.int(),
  overCap: z.int(),
  histogram: z.array(
    z.looseObject({
      queue: z.string(),
      code: z.string(),
      type: z.string().nullable(),
      fingerprint: z.string().nullable(),
      letters: z.int(),
      overCap: z.int(),
    }),
  ),
})
export type Preview = z.infer<typeof previewSchema>

const redriveSchema = z.looseObject({
  id: z.uuid(),
  state: z.enum(['sending', 'settling', 'completed', 'cancelled']),
  filter: z.record(z.string(), z.unknown()),
  rate: z.number(),
  selected: z.int(),
  overCap: z.int(),
  sent: z.int(),
  createdAt: z.string(),
  /** `41 sent, 39 stored, 2 dead again` */
  summary: z.string(),
})
export type RedriveView = z.infer<typeof redriveSchema>

const get = async (stack: StackJson, path: string): Promise<unknown> =>
  (await ask(stack, { service: 'metrics', method: 'GET', path })).json
const post = async (stack: StackJson, path: string, body: object): Promise<unknown> =>
  (await ask(stack, { service: 'metrics', method: 'POST', path, body })).json

export const getLetters = async (stack: StackJson, query: URLSearchParams) =>
  lettersSchema.parse(await get(stack, `/v1/dead-letters?${query}`))
export const getGroups = async (stack: StackJson, query: URLSearchParams) =>
  groupsSchema.parse(await get(stack, `/v1/dead-letters/groups?${query}`))
export const getLetter = async (stack: StackJson, id: number): Promise<LetterDetails> =>
  letterSchema.parse(await get(stack, `/v1/dead-letters/${id}`))

/** Gives letters up; returns how many. */
export const postDiscard = async (stack: StackJson, choice: object): Promise<number> =>
  z.object({ discarded: z.int() }).parse(await post(stack, '/v1/dead-letters/discard', choice)).discarded

export const postPreview = async (stack: StackJson, choice: object): Promise<Preview> =>
  previewSchema.parse(await post(stack, '/v1/redrives', { ...choice, dryRun: true }))
export const postRedrive = async (stack: StackJson, choice: object): Promise<RedriveView> =>
  redriveSchema.parse(await post(stack, '/v1/redrives', choice))
export const postCancel = async (stack: StackJson, id: string): Promise<RedriveView> =>
  redriveSchema.parse(await post(stack, `/v1/redrives/${id}/cancel`, {}))
export const getRedrive = async (stack: StackJson, id: string): Promise<RedriveView> =>
  redriveSchema.parse(await get(stack, `/v1/redrives/${id}`))
export const getRedrives = async (stack: StackJson, limit: number) =>
  z.object({ redrives: z.array(redriveSchema) }).parse(await get(stack, `/v1/redrives?limit=${limit}`))
