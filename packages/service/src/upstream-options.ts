import type { Registry } from 'prom-client'
import { z } from 'zod'
import { settings } from './settings.ts'
import type { UpstreamOptions } from './upstream.ts'

const upstreamConfig = z.object(settings.upstream)

/** The options of a client that may ask these hosts (`host` or `host:port`), from the settings of the upstream. */
export const upstreamOptions = (
  config: z.infer<typeof upstreamConfig>,
  allowedHosts: readonly string[],
  registry: Registry,
): UpstreamOptions => ({
  allowedHosts,
  privateHosts: config.PRIVATE_HOSTS,
  root: config.UPSTREAM_URL,
  connectTimeoutMs: config.UPSTREAM_CONNECT_TIMEOUT_MS,
  headersTimeoutMs: config.UPSTREAM_HEADERS_TIMEOUT_MS,
  bodyTimeoutMs: config.UPSTREAM_BODY_TIMEOUT_MS,
  connectionsPerHost: config.UPSTREAM_CONNECTIONS,
  userAgent: config.USER_AGENT,
  registry,
})
