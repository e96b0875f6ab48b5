import { Counter, Histogram, type Registry } from 'prom-client'

/** Counts what is asked of upstream hosts. `host` is one of the allowed hosts. */
export interface UpstreamMetrics {
  /** `status` is the HTTP status, or the error's code where no answer came. */
  settled(host: string, status: string, seconds: number): void
  received(host: string, bytes: number): void
}

export const createUpstreamMetrics = (registry: Registry | undefined): UpstreamMetrics => {
  const registers = registry ? [registry] : []
  const requests = new Counter({
    name: 'pokepedia_upstream_requests_total',
    help: 'Requests to upstream hosts by HTTP status or error code',
    labelNames: ['host', 'status'],
    registers,
  })
  const duration = new Histogram({
    name: 'pokepedia_upstream_request_duration_seconds',
    help: 'Time from asking for a connection to the end of the body',
    labelNames: ['host'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  })
  const bytes = new Counter({
    name: 'pokepedia_upstream_received_bytes_total',
    help: 'Bytes of bodies as they came over the wire',
    labelNames: ['host'],
    registers,
  })
  return {
    settled(host, status, seconds) {
      requests.inc({ host, status })
      duration.observe({ host }, seconds)
    },
    received(host, count) {
      bytes.inc({ host }, count)
    },
  }
}
