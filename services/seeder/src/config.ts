import { settings, type UpstreamOptions } from '@pokepedia/service'
import type { Registry } from 'prom-client'
import { z } from 'zod'

/** The settings the seeder reads. */
export const seederConfig = z.object({
  ...settings.kafka,
  ...settings.registry,
  ...settings.postgres,
  ...settings.upstream,
  ...settings.retry,
  ...settings.http,
  ...settings.api,
  ...settings.log,
})
export type SeederConfig = z.infer<typeof seederConfig>

/** The client of the upstream: its own host is the only one that is asked. */
export const upstreamOptionsOf = (config: SeederConfig, registry: Registry): UpstreamOptions => ({
  allowedHosts: [new URL(config.UPSTREAM_URL).host],
  privateHosts: config.PRIVATE_HOSTS,
  connectTimeoutMs: config.UPSTREAM_CONNECT_TIMEOUT_MS,
  headersTimeoutMs: config.UPSTREAM_HEADERS_TIMEOUT_MS,
  bodyTimeoutMs: config.UPSTREAM_BODY_TIMEOUT_MS,
  connectionsPerHost: config.UPSTREAM_CONNECTIONS,
  userAgent: config.USER_AGENT,
  registry,
})
