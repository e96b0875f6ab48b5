import type { Registry } from 'prom-client'
import { z } from 'zod'
import type { HostTurns } from '../host-budgets/host-turns.ts'
import { settings } from '../settings/settings.ts'
import type { UpstreamOptions } from './upstream.ts'

const upstreamConfig = z.object(settings.upstream)

export interface UpstreamParts {
  /** `host` or `host:port`. */
  readonly allowedHosts: readonly string[]
  /** Where the turns at hosts with a budget come from. */
  readonly turns: HostTurns
  /** The longest wait for a turn. */
  readonly turnWaitMs: number
  readonly registry: Registry
}

/** The options of a client, from the settings of the upstream. */
export const upstreamOptions = (
  config: z.infer<typeof upstreamConfig>,
  { allowedHosts, turns, turnWaitMs, registry }: UpstreamParts,
): UpstreamOptions => ({
  allowedHosts,
  privateHosts: config.PRIVATE_HOSTS,
  root: config.UPSTREAM_URL,
  connectTimeoutMs: config.UPSTREAM_CONNECT_TIMEOUT_MS,
  headersTimeoutMs: config.UPSTREAM_HEADERS_TIMEOUT_MS,
  bodyTimeoutMs: config.UPSTREAM_BODY_TIMEOUT_MS,
  connectionsPerHost: config.UPSTREAM_CONNECTIONS,
  userAgent: config.USER_AGENT,
  budgets: { hosts: config.HOST_BUDGETS, turns, waitMs: turnWaitMs },
  registry,
})
