import { type ErrorClass, type ErrorCode, errorClassOf, errorHintOf } from './codes.ts'

export interface PipelineErrorOptions {
  /** What was caught; always kept. */
  cause?: unknown
  /** Milliseconds the host asked us to wait (`Retry-After`, RFC 9110 section 10.2.3). */
  retryAfterMs?: number
  /** The upstream's HTTP status, where there was one. */
  httpStatus?: number
}

/** An error with a stable code, a class that decides what happens, and a message for the operator. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError'
  readonly code: ErrorCode
  readonly retryAfterMs: number | undefined
  readonly httpStatus: number | undefined

  constructor(code: ErrorCode, message: string, options: PipelineErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfterMs = options.retryAfterMs
    this.httpStatus = options.httpStatus
  }

  get class(): ErrorClass {
    return errorClassOf(this.code)
  }

  get hint(): string {
    return errorHintOf(this.code)
  }
}

/** Makes an error: `throw errors('timeout', 'GET … took over 30000 ms', { cause })`. */
export const errors = (code: ErrorCode, message: string, options?: PipelineErrorOptions): PipelineError =>
  new PipelineError(code, message, options)

export const isPipelineError = (error: unknown): error is PipelineError => error instanceof PipelineError

/** What a thrown value says, whatever it is. */
export const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  // Node's AggregateError (a failed dual-stack connect) has an empty message; its parts have the words.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  // What fetch says of every failed connection; only its cause tells them apart.
  if (error.message === 'fetch failed' && error.cause !== undefined) return `fetch failed: ${messageOf(error.cause)}`
  return error.message
}

/** A thrown value as a `PipelineError`; what nobody classified is a defect of ours: `internal`. */
export const classify = (error: unknown): PipelineError =>
  isPipelineError(error) ? error : errors('internal', messageOf(error), { cause: error })
