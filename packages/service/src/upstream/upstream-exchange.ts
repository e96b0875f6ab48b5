import { errors, isPipelineError, type PipelineError } from '@pokepedia/errors'
import type { Agent, Dispatcher } from 'undici'
import { secondsOf } from '../settings/duration.ts'
import { clientSpan } from '../telemetry/http-spans.ts'
import type { Log } from '../telemetry/log.ts'
import { retryAfterMs } from './retry-after.ts'
import type { GetOptions, UpstreamAnswer } from './upstream-answer.ts'
import { ACCEPT_ENCODING } from './upstream-body.ts'
import { upstreamFailure } from './upstream-failure.ts'
import type { UpstreamMetrics } from './upstream-metrics.ts'
import { type Response, type SentGet, sendGet } from './upstream-request.ts'

/** A URL can be 64 kB long; messages show its beginning. */
export const SHOWN = 300
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** What every exchange of a client shares. */
export interface Parts {
  readonly agent: Agent
  readonly userAgent: string
  readonly bodyTimeoutMs: number
  readonly metrics: UpstreamMetrics
  readonly log: Log
}

/** Where the host sends us; not yet checked. */
export interface Redirect {
  readonly status: 'redirect'
  readonly to: string
}

const text = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(', ') : header

const headersOf = ({ userAgent }: Parts, { ifNoneMatch, accept }: GetOptions): Record<string, string> => ({
  accept: accept ?? '*/*',
  'accept-encoding': ACCEPT_ENCODING,
  'user-agent': userAgent,
  ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
})

/** An entity tag that can be sent back; undici refuses to send other characters. */
const sendable = (etag: string | null): string | null => (etag !== null && /^[\x21-\x7e]+$/.test(etag) ? etag : null)

/** A status that is no answer, with what the host says of when to come again. */
export const statusError = (
  status: number,
  headers: Dispatcher.ResponseData['headers'],
  shown: string,
): PipelineError => {
  const waitMs = retryAfterMs(text(headers['retry-after']))
  const facts = { httpStatus: status, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) }
  return errors(`http_${status}`, `GET ${shown}: the host answered ${status}`, facts)
}

const answerOf = (
  { status, headers, body }: Response,
  { url, shown, options, startedAt }: { url: URL; shown: string; options: GetOptions; startedAt: Date },
): UpstreamAnswer | Redirect => {
  const header = (name: string): string | null => text(headers[name]) ?? null
  if (status === 200)
    return {
      status: 'ok',
      body,
      etag: sendable(header('etag')),
      lastModified: header('last-modified'),
      contentType: header('content-type'),
      startedAt,
      url: url.href,
    }
  if (status === 404 || status === 410) return { status: 'gone', httpStatus: status, startedAt }
  if (status === 304 && options.ifNoneMatch !== undefined) return { status: 'not-modified', startedAt }
  if (status === 304) throw errors('unexpected_304', `GET ${shown}: 304 to a request without a validator`)
  const to = header('location')
  if (REDIRECTS.has(status) && to !== null) return { status: 'redirect', to }
  throw statusError(status, headers, shown)
}

/** Begins the measures, the span and the line of one request; the returned function ends them. */
const observe = ({ metrics, log }: Parts, url: URL, shown: string) => {
  const beganMs = performance.now()
  const endSpan = clientSpan(url, shown)
  return (httpStatus: number | undefined, code: string | undefined): void => {
    const durationMs = performance.now() - beganMs
    // An answer that says no is its status; one that is no use in another way is the code.
    const settled = code === undefined || code === `http_${httpStatus}` ? String(httpStatus) : code
    metrics.settled(url.host, settled, durationMs / 1_000)
    endSpan(httpStatus, code)
    const facts = {
      event: 'upstream.get',
      url: shown,
      http_status: httpStatus,
      code,
      duration_s: secondsOf(durationMs),
    }
    log.debug(facts, `GET ${shown} ${settled}`)
  }
}

/** An abort as an error of ours. */
export const deadlineOf = (reason: unknown, shown: string): PipelineError =>
  isPipelineError(reason) ? reason : errors('deadline', `GET ${shown} was given up`, { cause: reason })

/** One request and its answer, under the caller's signal; throws what `Upstream.get` throws. */
export const exchange = async (parts: Parts, url: URL, options: GetOptions): Promise<UpstreamAnswer | Redirect> => {
  const { signal, maxBytes } = options
  const shown = url.href.slice(0, SHOWN)
  if (signal?.aborted) throw deadlineOf(signal.reason, shown)
  const ended = observe(parts, url, shown)
  const received = (bytes: number): void => parts.metrics.received(url.host, bytes)
  const { agent, bodyTimeoutMs } = parts
  const request = { url, shown, headers: headersOf(parts, options), maxBytes, bodyTimeoutMs, received }
  const sent: SentGet = sendGet(agent, request)
  const giveUp = (): void => sent.abort(deadlineOf(signal?.reason, shown))
  signal?.addEventListener('abort', giveUp, { once: true })
  let code: string | undefined
  try {
    const response = await sent.response
    return answerOf(response, { url, shown, options, startedAt: sent.startedAt })
  } catch (thrown) {
    const error = upstreamFailure(thrown, shown, sent.status === undefined ? 'answer' : 'body') ?? thrown
    code = isPipelineError(error) ? error.code : 'internal'
    throw error
  } finally {
    signal?.removeEventListener('abort', giveUp)
    ended(sent.status, code)
  }
}
