import { errors, isPipelineError, type PipelineError } from '@pokepedia/errors'
import type { Agent, Dispatcher } from 'undici'
import { secondsOf } from '../settings/duration.ts'
import { clientSpan } from '../telemetry/http-spans.ts'
import type { Log } from '../telemetry/log.ts'
import { retryAfterMs } from './retry-after.ts'
import type { GetOptions, UpstreamAnswer } from './upstream-answer.ts'
import { ACCEPT_ENCODING, readBody } from './upstream-body.ts'
import { type Phase, upstreamFailure } from './upstream-failure.ts'
import type { UpstreamMetrics } from './upstream-metrics.ts'

/** A URL can be 64 kB long; messages show its beginning. */
export const SHOWN = 300
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Bodies of refusals are read so far, to keep the connection; longer ones cost it. */
const REFUSAL_BYTES = 65_536

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

/** Tells when a request is written to its connection, which can be long after it was asked for. */
const onSending =
  (sending: () => void): Dispatcher.DispatchInterceptor =>
  (dispatch) =>
  (options, handler) => {
    const begin = handler.onRequestStart?.bind(handler)
    handler.onRequestStart = (controller, context) => {
      sending()
      begin?.(controller, context)
    }
    return dispatch(options, handler)
  }

const text = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(', ') : header

interface Exchange {
  readonly url: URL
  /** The URL for messages, not of any length. */
  readonly shown: string
  readonly options: GetOptions
  /** Ends the exchange with an error of ours, whatever it waits for. */
  readonly cut: AbortController
}

const headersOf = ({ userAgent }: Parts, { ifNoneMatch, accept }: GetOptions): Record<string, string> => ({
  accept: accept ?? '*/*',
  'accept-encoding': ACCEPT_ENCODING,
  'user-agent': userAgent,
  ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
})

const bodyOf = (parts: Parts, { url, shown, options }: Exchange, response: Dispatcher.ResponseData): Promise<Buffer> =>
  readBody(response.body, {
    url: shown,
    maxBytes: options.maxBytes,
    encoding: text(response.headers['content-encoding']) ?? '',
    contentLength: text(response.headers['content-length']),
    received: (bytes) => parts.metrics.received(url.host, bytes),
  })

/** An entity tag that can be sent back; undici refuses to send other characters. */
const sendable = (etag: string | null): string | null => (etag !== null && /^[\x21-\x7e]+$/.test(etag) ? etag : null)

/** The body of an answer whose status says it all. It is read to keep the connection; how that ends does not matter. */
const dump = (response: Dispatcher.ResponseData): Promise<void> =>
  response.body.dump({ limit: REFUSAL_BYTES }).catch(() => undefined)

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

const answerOf = async (
  parts: Parts,
  exchange: Exchange,
  response: Dispatcher.ResponseData,
  startedAt: Date,
): Promise<UpstreamAnswer | Redirect> => {
  const { statusCode: status, headers } = response
  const { url, shown, options } = exchange
  if (status === 200) {
    const body = await bodyOf(parts, exchange, response)
    const header = (name: string): string | null => text(headers[name]) ?? null
    return {
      status: 'ok',
      body,
      etag: sendable(header('etag')),
      lastModified: header('last-modified'),
      contentType: header('content-type'),
      startedAt,
      url: url.href,
    }
  }
  await dump(response)
  if (status === 404 || status === 410) return { status: 'gone', httpStatus: status, startedAt }
  if (status === 304 && options.ifNoneMatch !== undefined) return { status: 'not-modified', startedAt }
  if (status === 304) throw errors('unexpected_304', `GET ${shown}: 304 to a request without a validator`)
  const to = text(headers['location'])
  if (REDIRECTS.has(status) && to !== undefined) return { status: 'redirect', to }
  throw statusError(status, headers, shown)
}

const exchangeOnce = async (parts: Parts, exchange: Exchange): Promise<UpstreamAnswer | Redirect> => {
  const { url, shown, options, cut } = exchange
  const beganMs = performance.now()
  const endSpan = clientSpan(url, shown)
  let startedAt = new Date()
  let phase: Phase = 'answer'
  let httpStatus: number | undefined
  let code: string | undefined
  let timer: NodeJS.Timeout | undefined
  try {
    const sending = onSending(() => {
      startedAt = new Date()
    })
    const response = await parts.agent.compose(sending).request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: 'GET',
      headers: headersOf(parts, options),
      signal: cut.signal,
    })
    phase = 'body'
    httpStatus = response.statusCode
    const late = (): void => cut.abort(errors('timeout', `GET ${shown}: the body took over ${parts.bodyTimeoutMs} ms`))
    timer = setTimeout(late, parts.bodyTimeoutMs)
    return await answerOf(parts, exchange, response, startedAt)
  } catch (thrown) {
    // Frees the connection when the error is ours and the body is unread.
    cut.abort(thrown)
    const error = upstreamFailure(thrown, shown, phase) ?? thrown
    code = isPipelineError(error) ? error.code : 'internal'
    throw error
  } finally {
    clearTimeout(timer)
    const durationMs = performance.now() - beganMs
    // An answer that says no is its status; one that is no use in another way is the code.
    const settled = code === undefined || code === `http_${httpStatus}` ? String(httpStatus) : code
    parts.metrics.settled(url.host, settled, durationMs / 1_000)
    endSpan(httpStatus, code)
    const facts = {
      event: 'upstream.get',
      url: shown,
      http_status: httpStatus,
      code,
      duration_s: secondsOf(durationMs),
    }
    parts.log.debug(facts, `GET ${shown} ${settled}`)
  }
}

/** An abort as an error of ours. */
export const deadlineOf = (reason: unknown, shown: string): unknown =>
  isPipelineError(reason) ? reason : errors('deadline', `GET ${shown} was given up`, { cause: reason })

/** One request and its answer, under the caller's signal; throws what `Upstream.get` throws. */
export const exchange = async (parts: Parts, url: URL, options: GetOptions): Promise<UpstreamAnswer | Redirect> => {
  const { signal } = options
  const shown = url.href.slice(0, SHOWN)
  const cut = new AbortController()
  const giveUp = (): void => cut.abort(deadlineOf(signal?.reason, shown))
  if (signal?.aborted) throw deadlineOf(signal.reason, shown)
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    return await exchangeOnce(parts, { url, shown, options, cut })
  } finally {
    signal?.removeEventListener('abort', giveUp)
  }
}
