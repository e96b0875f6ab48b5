import { messageOf } from '@pokepedia/errors'
import { isRunId, type RunId } from '@pokepedia/events'
import { z } from 'zod'
import { failure } from './failure.ts'
import type { StackJson } from './stack-json.ts'

/** What to request; nothing given means everything. */
export interface SeedBody {
  readonly types?: readonly string[] | undefined
  readonly limit?: number | undefined
  readonly force?: boolean | undefined
}

const problemSchema = z.object({ title: z.string(), detail: z.string() })
const ANSWER_MS = 60_000

/** A problem+json answer in words. */
const inWords = (status: number, text: string): string => {
  try {
    const { title, detail } = problemSchema.parse(JSON.parse(text))
    return `${status} ${title}: ${detail}`
  } catch {
    return `status ${status}: ${text.slice(0, 200)}`
  }
}

/** One request to the seeder of a running deployment; fails in words when it does not answer or refuses. */
const ask = async (
  { services, token }: StackJson,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<{ headers: Headers; json: unknown }> => {
  const { url } = services.seeder
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((cause: unknown) => {
    throw failure(`the seeder at ${url} does not answer: ${messageOf(cause)}`, cause)
  })
  const text = await answer.text()
  if (!answer.ok) throw failure(`the seeder refused: ${inWords(answer.status, text)}`)
  return { headers: answer.headers, json: JSON.parse(text) }
}

/** Starts a run through `POST /v1/seed` and returns its id. */
export const requestRun = async (stack: StackJson, body: SeedBody): Promise<RunId> => {
  const { headers } = await ask(stack, 'POST', '/v1/seed', body)
  const id = headers.get('location')?.split('/').at(-1) ?? ''
  if (!isRunId(id)) throw failure(`the seeder named no run; its Location is ${headers.get('location')}`)
  return id
}

/** What `POST /v1/seed` with `dryRun` answers: how much a seed would request. */
export const countSeed = async (stack: StackJson, body: SeedBody): Promise<unknown> =>
  (await ask(stack, 'POST', '/v1/seed', { ...body, dryRun: true })).json
