import { errorMessage } from '@pokepedia/errors'
import { pino } from 'pino'
import { activeTraceIds } from './http-spans.ts'
import { scrub } from './scrub.ts'

export type Log = pino.Logger

const SECRET_KEYS = ['authorization', 'token', 'password', 'secretKey', 'accessKey', 'API_TOKEN', 'S3_SECRET_KEY']
const CAUSES = 5

/** An error as plain data: type, message, code, class where it has one, stack, and its causes. */
const plainError = (error: unknown, depth = 0): unknown => {
  if (!(error instanceof Error)) return error
  const code = 'code' in error ? error.code : undefined
  const errorClass = 'class' in error ? error.class : undefined
  const message = errorMessage(error.message)
  return {
    type: error.name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(errorClass === undefined ? {} : { class: errorClass }),
    // The stack begins with the message, of any length.
    stack: error.stack?.replace(error.message, () => message),
    ...(error.cause === undefined || depth === CAUSES ? {} : { cause: plainError(error.cause, depth + 1) }),
    ...(error instanceof AggregateError && depth < CAUSES
      ? { errors: error.errors.map((one) => plainError(one, depth + 1)) }
      : {}),
  }
}

/**
 * A log on stdout, one JSON object a line: `level` (a word), `time` (ISO 8601, ms), `service`, `event`, `msg`, and
 * within a recorded span `trace_id` and `span_id`. Errors go under `err`, their messages in one line of 512 bytes at
 * most. docs/logs.md lists the events and the names of fields. Tokens, keys and the user part of URLs are replaced by `***`.
 */
export const createLog = (service: string, level: string): Log =>
  pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: plainError },
      mixin: activeTraceIds,
      redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '***' },
      hooks: { streamWrite: scrub },
    },
    // Written at once: the lines before a kill are the ones that are wanted.
    pino.destination({ dest: 1, sync: true }),
  )
