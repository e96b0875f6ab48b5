import { errors } from '@pokepedia/errors'
import type { Registry } from 'prom-client'
import { Agent } from 'undici'
import type { Log } from './log.ts'
import type { GetOptions, UpstreamAnswer } from './upstream-answer.ts'
import { exchange, type Parts, SHOWN } from './upstream-exchange.ts'
import { createHostPolicy } from './upstream-hosts.ts'
import { createUpstreamMetrics } from './upstream-metrics.ts'

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
        const answer = await exchange(parts, url, getOptions)
        if (answer.status !== 'redirect') return answer
        if (redirects === MAX_REDIRECTS)
          throw errors('redirect_refused', `GET ${requested.slice(0, SHOWN)}: over ${MAX_REDIRECTS} redirects`)
        url = policy.allowed(answer.to, 'redirect_refused', url.href)
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  }
}
