import { STATUS_CODES } from 'node:http'
import { isPipelineError } from '@pokepedia/errors'

/** An error that a client is told of as problem+json (RFC 9457). */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem'
  readonly status: number
  readonly code: string
  /** Further members of the body. */
  readonly extra: object

  constructor(status: number, code: string, detail: string, extra: object = {}) {
    super(detail)
    this.status = status
    this.code = code
    this.extra = extra
  }
}

/** `throw problem(409, 'key_reused', 'this Idempotency-Key came with another body', { runId })` */
export const problem = (status: number, code: string, detail: string, extra?: object): HttpProblem =>
  new HttpProblem(status, code, detail, extra)

/** The body of a problem. `title` is the status's name in HTTP; `type` is always `about:blank`. */
export const problemBody = ({ status, code, message, extra }: HttpProblem, requestId: string): object => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  code,
  detail: message,
  requestId,
  ...extra,
})

const STATUS_OF_CLASS = { dead: 422, gone: 404, pause: 503, retry: 503, fatal: 500 } as const

/** What body-parser and the router throw: an Error with `status` and, from body-parser, `type`. */
const ofExpress = (error: Error & { status?: unknown; type?: unknown }): HttpProblem | undefined => {
  const { status, type } = error
  if (typeof status !== 'number' || status < 400 || status > 499) return undefined
  if (type === 'entity.too.large') return problem(413, 'body_too_large', 'the body is larger than 64 KiB')
  if (type === 'entity.parse.failed')
    return problem(400, 'json_invalid', `the body is no JSON object or array: ${error.message}`)
  if (status === 415) return problem(415, 'content_type_unsupported', error.message)
  return problem(status, 'request_invalid', error.message)
}

/**
 * Any thrown value as a problem. Errors of ours keep their code; those that are not the client's doing show the hint
 * instead of the message, and defects show nothing but the request's id.
 */
export const problemOf = (error: unknown): HttpProblem => {
  if (error instanceof HttpProblem) return error
  if (isPipelineError(error) && error.code !== 'internal') {
    const status = STATUS_OF_CLASS[error.class]
    return problem(status, error.code, status < 500 ? error.message : error.hint)
  }
  const known = error instanceof Error ? ofExpress(error) : undefined
  return known ?? problem(500, 'internal', 'a defect of ours; the log has it under this requestId')
}
