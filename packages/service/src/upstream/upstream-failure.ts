import { errors, isPipelineError, messageOf, type PipelineError } from '@pokepedia/errors'

/** Where a request was when it failed. */
export type Phase = 'answer' | 'body'

const CONNECT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])
/** A certificate that does not hold, or no TLS at all: the host is not there as far as we are concerned. */
const TLS = /^(?:CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH)/
const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const ENDED_EARLY = new Set(['UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'Z_BUF_ERROR'])

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  // undici's parser leaves the code out where an answer is no HTTP at all.
  if (code === undefined && error instanceof Error && error.name === 'HTTPParserError') return 'HPE_INVALID'
  return typeof code === 'string' ? code : ''
}

/** The error with its causes and, of a dual-stack connect, its parts. */
function* within(error: unknown): Generator<unknown> {
  yield error
  if (error instanceof AggregateError) for (const part of error.errors) yield* within(part)
  if (error instanceof Error && error.cause !== undefined) yield* within(error.cause)
}

/**
 * What undici, the sockets and zlib throw, as an error of ours (facts: reliability, section 1). Undefined for
 * what none of them throws.
 */
export const upstreamFailure = (thrown: unknown, url: string, phase: Phase): PipelineError | undefined => {
  const all = [...within(thrown)]
  const ours = all.find(isPipelineError)
  if (ours) return ours
  const codes = all.map(codeOf)
  const is = (test: (code: string) => boolean): boolean => codes.some(test)
  const because = { cause: thrown }
  const reason = messageOf(thrown)
  if (is((code) => CONNECT.has(code) || TLS.test(code)))
    return errors('upstream_unavailable', `GET ${url}: no connection: ${reason}`, because)
  if (is((code) => TIMEOUTS.has(code))) return errors('timeout', `GET ${url}: ${reason}`, because)
  if (phase === 'body' && is((code) => ENDED_EARLY.has(code)) && !is((code) => code === 'ECONNRESET'))
    return errors('truncated', `GET ${url}: the body ended early: ${reason}`, because)
  if (is((code) => code.startsWith('Z_') || code.startsWith('ERR__ERROR_FORMAT') || code.startsWith('ERR_PADDING')))
    return errors('encoding_invalid', `GET ${url}: the body does not decompress: ${reason}`, because)
  if (is((code) => /^(?:UND_ERR_(?!INVALID_)|HPE_|ECONNRESET|EPIPE|ECONNABORTED)/.test(code)))
    return errors('reset', `GET ${url}: ${reason}`, because)
  return undefined
}
