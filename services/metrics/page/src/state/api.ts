import { signOut, token } from './session.ts'

/** What went wrong with a request: the problem+json of the server (RFC 9457), or that there was no answer. */
export interface Problem {
  readonly code: string
  readonly detail: string
  readonly status?: number
  readonly requestId?: string
}

export class RequestFailed extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

export const problemOf = (error: unknown): Problem =>
  error instanceof RequestFailed
    ? error.problem
    : { code: 'page_defect', detail: error instanceof Error ? error.message : String(error) }

const unreachable = (cause: unknown): RequestFailed => {
  const late = cause instanceof DOMException && cause.name === 'TimeoutError'
  const detail = late
    ? 'the metrics service does not answer in time; try again'
    : 'the metrics service does not answer; look whether it runs'
  return new RequestFailed({ code: late ? 'timeout' : 'unreachable', detail })
}

const textIn = (body: object, name: string): string | undefined => {
  const value: unknown = Reflect.get(body, name)
  return typeof value === 'string' ? value : undefined
}

const refused = async (answer: Response): Promise<RequestFailed> => {
  const body: unknown = await answer.json().catch(() => undefined)
  const known = typeof body === 'object' && body !== null ? body : {}
  const requestId = textIn(known, 'requestId') ?? answer.headers.get('x-request-id')
  return new RequestFailed({
    code: textIn(known, 'code') ?? `http_${answer.status}`,
    detail: textIn(known, 'detail') ?? answer.statusText,
    status: answer.status,
    ...(requestId === null ? {} : { requestId }),
  })
}

const ANSWER_MS = 30_000

const send = async (path: string, init: RequestInit): Promise<Response> => {
  const limit = AbortSignal.timeout(ANSWER_MS)
  const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit
  const answer = await fetch(path, { ...init, signal }).catch((cause: unknown) => {
    throw unreachable(cause)
  })
  if (!answer.ok) throw await refused(answer)
  return answer
}

/** Reads; the answer has the shape that the service of the same version gives it. Throws `RequestFailed`. */
export const read = async <Body>(path: string, signal?: AbortSignal): Promise<Body> =>
  (await send(path, signal ? { signal } : {})).json()

/** The status, and when the server said it by its own clock. */
export const readDated = async <Body>(path: string): Promise<{ body: Body; saidAt: string | null }> => {
  const answer = await send(path, {})
  return { body: await answer.json(), saidAt: answer.headers.get('date') }
}

export interface Change {
  readonly method?: 'POST' | 'PUT'
  readonly path: string
  readonly body?: object
  /** Makes a repeated submit the same one. */
  readonly idempotencyKey?: string
  /** A token to be tried; else that of the session. */
  readonly triedToken?: string
}

/** Changes something, with the token. A token that the service does not take is forgotten. Throws `RequestFailed`. */
export const change = async <Body>(wanted: Change): Promise<Body> => {
  const { method = 'POST', path, body = {}, idempotencyKey, triedToken } = wanted
  try {
    const answer = await send(path, {
      method,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${triedToken ?? token.value ?? ''}`,
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      body: JSON.stringify(body),
    })
    return await answer.json()
  } catch (error) {
    if (problemOf(error).status === 401 && triedToken === undefined) signOut()
    throw error
  }
}
