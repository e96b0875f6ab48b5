import { dependencyOf, errors, isPipelineError } from '@pokepedia/errors'
import type { Registry } from 'prom-client'
import { Agent } from 'undici'
import { type BudgetOptions, createUpstreamBudgets } from '../host-budgets/upstream-budgets.ts'
import type { Log } from '../telemetry/log.ts'
import type { GetOptions, UpstreamAnswer } from './upstream-answer.ts'
import { exchange, type Parts, type Redirect, SHOWN } from './upstream-exchange.ts'
import { createHostPolicy } from './upstream-hosts.ts'
import { createUpstreamMetrics } from './upstream-metrics.ts'
import { createUpstreamProbe } from './upstream-probe.ts'

export interface Upstream {
  /**
   * One GET, without retries; follows up to 3 redirects within the allowed hosts. Throws classified errors only:
   * `host_refused`, `redirect_refused`, `upstream_unavailable`, `reset`, `timeout`, `truncated`, `encoding_invalid`,
   * `body_too_large`, `unexpected_304`, `http_<status>` with `httpStatus` and `retryAfterMs`, and `deadline` or the
   * signal's reason when the signal aborts. Of a host with a budget also `host_silent` at once while it wants no
   * requests, `host_budget` after the longest wait for a turn, and the errors of the source of turns.
   */
  get(url: string, options: GetOptions): Promise<UpstreamAnswer>
  /**
   * Resolves when the host whose requests failed last is there: it answers with a status below 500 that is not 429.
   * Asks the API's root, or `/` of another host, over a connection of its own, and a host that is silent not at all.
   */
  probe(signal: AbortSignal): Promise<void>
}

export interface UpstreamOptions {
  /** `host` for the scheme's own port, or `host:port`. */
  readonly allowedHosts: readonly string[]
  /** Names with a dot that may resolve to private addresses. */
  readonly privateHosts?: readonly string[]
  /** Root of the API, which `probe` asks. */
  readonly root?: string
  readonly connectTimeoutMs: number
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  readonly connectionsPerHost: number
  readonly userAgent: string
  /** Without them no host has a limit. */
  readonly budgets?: BudgetOptions
  readonly registry?: Registry
}

const MAX_REDIRECTS = 3

/** Opens the client: connections are kept alive, and each host has its own pool. */
export const openUpstream = (options: UpstreamOptions, log: Log): Upstream & AsyncDisposable => {
  const policy = createHostPolicy(options.allowedHosts, options.privateHosts)
  const connect = { timeout: options.connectTimeoutMs, lookup: policy.lookup }
  const agent = new Agent({
    connections: options.connectionsPerHost,
    connect,
    headersTimeout: options.headersTimeoutMs,
    // undici's limit is for the silence between two pieces; ours is for the whole body.
    bodyTimeout: 0,
  })
  // Without pipelining no connection is kept: one that has died since says nothing of the host.
  const probeAgent = new Agent({ connect, pipelining: 0 })
  const root = options.root === undefined ? undefined : policy.allowed(options.root)
  const budgets = createUpstreamBudgets(options, log)
  const { probe, suspect } = createUpstreamProbe({ agent: probeAgent, userAgent: options.userAgent, budgets, root })
  const parts: Parts = { ...options, agent, metrics: createUpstreamMetrics(options.registry), log }

  const exchangeWith = async (url: URL, getOptions: GetOptions): Promise<UpstreamAnswer | Redirect> => {
    try {
      const { signal, within } = getOptions
      return await budgets.spend(url, { signal, first: false, within }, () => exchange(parts, url, getOptions))
    } catch (error) {
      if (isPipelineError(error) && (dependencyOf(error.code) === 'upstream' || error.code === 'deadline')) suspect(url)
      throw error
    }
  }

  return {
    async get(requested, getOptions) {
      let url = policy.allowed(requested)
      for (let redirects = 0; ; redirects += 1) {
        const answer = await exchangeWith(url, getOptions)
        if (answer.status !== 'redirect') return answer
        if (redirects === MAX_REDIRECTS)
          throw errors('redirect_refused', `GET ${requested.slice(0, SHOWN)}: over ${MAX_REDIRECTS} redirects`)
        url = policy.allowed(answer.to, 'redirect_refused', url.href)
      }
    },
    probe,
    async [Symbol.asyncDispose]() {
      budgets.stop()
      await Promise.all([agent.destroy(), probeAgent.destroy()])
    },
  }
}
