import { messageOf } from '@pokepedia/errors'
import { z } from 'zod'
import { failure, usageError } from './failure.ts'
import type { ServiceName, StackJson } from './stack-json.ts'

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
  if (!answer.ok) {
    const why = `the service ${service} refused: ${inWords(answer.status, text)}`
    throw answer.status === 400 ? usageError(why) : failure(why)
  }
  return { headers: answer.headers, json: text === '' ? null : JSON.parse(text) }
}
