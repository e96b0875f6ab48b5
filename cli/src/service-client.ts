import { messageOf } from '@pokepedia/errors'
import { z } from 'zod'
import { type CliError, failure, usageError } from './failure.ts'
import type { ServiceName, StackJson } from './stack-json.ts'

const problemSchema = z.object({ title: z.string(), detail: z.string(), code: z.string().optional() })
const ANSWER_MS = 60_000

/** Refusals of what the person wrote; all others are failures of the work. */
const MISTAKES = new Set(['type_unknown', 'group_unknown'])

/** A refusal in words; a problem+json answer with its detail. */
const refusal = (service: ServiceName, status: number, text: string): CliError => {
  try {
    const { title, detail, code = '' } = problemSchema.parse(JSON.parse(text))
    const words = `the service ${service} refused: ${status} ${title}: ${detail}`
    return status === 400 || MISTAKES.has(code) ? usageError(words) : failure(words)
  } catch {
    return failure(`the service ${service} refused: status ${status}: ${text.slice(0, 200)}`)
  }
}

export interface ServiceRequest {
  readonly service: ServiceName
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: object
}

/**
 * One request to a service of a running deployment; fails in words when it does not answer or refuses. What the service
 * calls malformed (400) is a usage error.
 */
export const ask = async (
  { services, token }: StackJson,
  { service, method, path, body }: ServiceRequest,
): Promise<{ headers: Headers; json: unknown }> => {
  const { url } = services[service]
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((cause: unknown) => {
    throw failure(`the service ${service} at ${url} does not answer: ${messageOf(cause)}`, cause)
  })
  const text = await answer.text()
  if (!answer.ok) throw refusal(service, answer.status, text)
  return { headers: answer.headers, json: text === '' ? null : JSON.parse(text) }
}
