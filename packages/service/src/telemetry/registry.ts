import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface Build {
  readonly version: string
  /** The commit it was built from. */
  readonly revision: string
}

/**
 * The process's metrics: Node's own and `pokepedia_build_info{service,version,revision,node}`, which is 1. One for each
 * process.
 */
export const createRegistry = (service: string, { version, revision }: Build): Registry => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'pokepedia_build_info',
    help: 'What runs; the value is 1',
    labelNames: ['service', 'version', 'revision', 'node'],
    registers: [registry],
  }).set({ service, version, revision, node: process.versions.node }, 1)
  return registry
}

/** `http_request_duration_seconds{method,route,status_code}`; `route` is the template, or `none`. */
export const createRequestDuration = (registry: Registry): Histogram<'method' | 'route' | 'status_code'> =>
  new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['method', 'route', 'status_code'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
