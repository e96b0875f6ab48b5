import { errors, isPipelineError } from '@pokepedia/errors'
import type { Registry } from 'prom-client'
import { Agent, type Dispatcher } from 'undici'
import type { Log } from './log.ts'
import { retryAfterMs } from './retry-after.ts'
import { ACCEPT_ENCODING, readBody } from './upstream-body.ts'
import { type Phase, upstreamFailure } from './upstream-failure.ts'
import { createHostPolicy } from './upstream-hosts.ts'
import { createUpstreamMetrics, type UpstreamMetrics } from './upstream-metrics.ts'

/** What an upstream host answered. `startedAt` is when the request was written to its connection. */
export type UpstreamAnswer =
  | {
      readonly status: 'ok'
      /** Decompressed. */
      readonly body: Buffer
      readonly etag: string | null
      readonly lastModified: string | null
      readonly contentType: string | null
      readonly startedAt: Date
      /** Where the answer came from, after redirects. */
      readonly url: string
    }
  | { readonly status: 'not-modified'; readonly startedAt: Date }
  | { readonly status: 'gone'; readonly httpStatus: 404 | 410; readonly startedAt: Date }

export interface GetOptions {
  /** Limit of the decompressed body. */
  readonly maxBytes: number
  /** An entity tag as it came, quotes included. */
  readonly ifNoneMatch?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** The `Accept` header; anything by default. */
  readonly accept?: string | undefined
}

export interface Upstream {
  /**
   * One GET, without retries; follows up to 3 redirects within the allowed hosts. Throws classified errors only:
   * `host_refused`, `redirect_refused`, `upstream_unavailable`, `reset`, `timeout`, `truncated`, `encoding_invalid`,
   * `body_too_large`, `unexpected_304`, `http_<status>` with `httpStatus` and `retryAfterMs`, and `deadline` or the
   * signal's reason when the signal aborts.
   */
  get(url: string, options: GetOptions): Promise<UpstreamAnswer>
}

export interface UpstreamOptions {
  /** `host` for the scheme's own port, or `host:port`. */
  readonly allowedHosts: readonly string[]
  /** Names with a dot that may resolve to private addresses. */
  readonly privateHosts?: readonly string[]
  readonly connectTimeoutMs: number
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly connectionsPerHost: number
  readonly userAgent: string
  readonly registry?: Registry
}

const MAX_REDIRECTS = 3
/** A URL can be 64 kB long; messages show its beginning. */
const SHOWN = 300
const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** Bodies of refusals are read so far, to keep the connection; longer ones cost it. */
const REFUSAL_BYTES = 65_536

interface Parts {
  readonly agent: Agent
  readonly userAgent: string
  readonly bodyTimeoutMs: number
  readonly metrics: UpstreamMetrics
  readonly log: Log
}

interface Redirect {
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

const bodyOf = async (parts: Parts, { url, shown, options, cut }: Exchange, response: Dispatcher.ResponseData) => {
  const limitMs = parts.bodyTimeoutMs
  const late = (): void => cut.abort(errors('timeout', `GET ${shown}: the body took over ${limitMs} ms`))
  const timer = setTimeout(late, limitMs)
  try {
    return await readBody(response.body, {
      url: shown,
      maxBytes: options.maxBytes,
      encoding: text(response.headers['content-encoding']) ?? '',
      contentLength: text(response.headers['content-length']),
      received: (bytes) => parts.metrics.received(url.host, bytes),
    })
  } finally {
    clearTimeout(timer)
  }
}

/** The body of an answer whose status says it all. It is read to keep the connection; how that ends does not matter. */
const dump = (response: Dispatcher.ResponseData): Promise<void> =>
  response.body.dump({ limit: REFUSAL_BYTES }).catch(() => undefined)

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
      etag: header('etag'),
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
  const waitMs = retryAfterMs(text(headers['retry-after']))
  const facts = { httpStatus: status, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) }
  throw errors(`http_${status}`, `GET ${shown}: the host answered ${status}`, facts)
}

/** One request and its answer. */
const exchange = async (parts: Parts, exchange: Exchange): Promise<UpstreamAnswer | Redirect> => {
  const { url, shown, options, cut } = exchange
  const beganMs = performance.now()
  let startedAt = new Date()
  let phase: Phase = 'answer'
  let settled = 'internal'
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
    settled = String(response.statusCode)
    return await answerOf(parts, exchange, response, startedAt)
  } catch (thrown) {
    // Frees the connection when the error is ours and the body is unread.
    cut.abort(thrown)
    const error = upstreamFailure(thrown, shown, phase) ?? thrown
    if (isPipelineError(error) && error.httpStatus === undefined) settled = error.code
    throw error
  } finally {
    const seconds = (performance.now() - beganMs) / 1_000
    parts.metrics.settled(url.host, settled, seconds)
    parts.log.debug({ event: 'upstream.get', url: shown, status: settled, seconds }, `GET ${shown} ${settled}`)
  }
}

const deadlineOf = (reason: unknown, shown: string): unknown =>
  isPipelineError(reason) ? reason : errors('deadline', `GET ${shown} was given up`, { cause: reason })

/** Runs the exchange under the caller's signal. */
const guarded = async (parts: Parts, url: URL, options: GetOptions): Promise<UpstreamAnswer | Redirect> => {
  const { signal } = options
  const shown = url.href.slice(0, SHOWN)
  const cut = new AbortController()
  const giveUp = (): void => cut.abort(deadlineOf(signal?.reason, shown))
  if (signal?.aborted) throw deadlineOf(signal.reason, shown)
  signal?.addEventListener('abort', giveUp, { once: true })
  try {
    return await exchange(parts, { url, shown, options, cut })
  } finally {
    signal?.removeEventListener('abort', giveUp)
  }
}

/** Opens the client: connections are kept alive, and each host has its own pool. */
export const openUpstream = (options: UpstreamOptions, log: Log): Upstream & AsyncDisposable => {
  const policy = createHostPolicy(options.allowedHosts, options.privateHosts)
  const agent = new Agent({
    connections: options.connectionsPerHost,
    connect: { timeout: options.connectTimeoutMs, lookup: policy.lookup },
    headersTimeout: options.headersTimeoutMs,
    // undici's limit is for the silence between two pieces; ours is for the whole body.
    bodyTimeout: 0,
  })
  const parts: Parts = { ...options, agent, metrics: createUpstreamMetrics(options.registry), log }
  return {
    async get(requested, getOptions) {
      let url = policy.allowed(requested)
      for (let redirects = 0; ; redirects += 1) {
        const answer = await guarded(parts, url, getOptions)
        if (answer.status !== 'redirect') return answer
        if (redirects === MAX_REDIRECTS)
          throw errors('redirect_refused', `GET ${requested.slice(0, SHOWN)}: over ${MAX_REDIRECTS} redirects`)
        url = policy.allowed(answer.to, 'redirect_refused', url.href)
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}
