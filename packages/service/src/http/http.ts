import express, { type Application, type ErrorRequestHandler, type RequestHandler, type Router } from 'express'
import { secondsOf } from '../settings/duration.ts'
import { serverSpan } from '../telemetry/http-spans.ts'
import type { Log } from '../telemetry/log.ts'
import { createRequestDuration } from '../telemetry/registry.ts'
import { allowedMethods } from './allowed-methods.ts'
import { type HealthOptions, healthRoutes } from './health.ts'
import { problem, problemBody, problemOf } from './problem.ts'
import { bearer, limitChanges, onlyJson, onlyReads, requestId, requestIdOf, securityHeaders } from './request-guards.ts'

const BODY_LIMIT_BYTES = 65_536

export interface AppOptions extends HealthOptions {
  readonly log: Log
  /** The service's own routes, mounted at the root. */
  readonly routes?: Router
  /** Wanted as a bearer token on every method but GET and HEAD. */
  readonly token?: string
  /** What one client address may send of these; no limit unless given. */
  readonly changesPerMinute?: number
  /** Refuses every method but GET and HEAD with 403 `read_only`, before the token is looked at, which would not help. */
  readonly readOnly?: boolean
}

const observed = ({ log, registry }: AppOptions): RequestHandler => {
  const duration = createRequestDuration(registry)
  return (request, response, next) => {
    const startedMs = performance.now()
    response.once('close', () => {
      const durationMs = performance.now() - startedMs
      const route = request.route ? `${request.baseUrl}${request.route.path}` : 'none'
      const { method } = request
      const { statusCode } = response
      // How long a stream was listened to says nothing of how long answers take.
      const isStream = response.getHeader('content-type') === 'text/event-stream'
      if (!isStream) duration.observe({ method, route, status_code: statusCode }, durationMs / 1_000)
      const level = method === 'GET' || method === 'HEAD' ? 'debug' : 'info'
      const facts = { event: 'http.request', method, route, http_status: statusCode, duration_s: secondsOf(durationMs) }
      log[level]({ ...facts, request_id: requestIdOf(response) }, `${method} ${route} ${statusCode}`)
    })
    next()
  }
}

const noRoute =
  (routers: readonly Router[]): RequestHandler =>
  (request, response) => {
    const allowed = routers.flatMap((router) => allowedMethods(router, request.path))
    if (allowed.length === 0) throw problem(404, 'not_found', `there is no ${request.path.slice(0, 200)} here`)
    response.setHeader('allow', allowed.join(', '))
    throw problem(405, 'method_not_allowed', `${request.method} is not allowed here; use ${allowed.join(' or ')}`)
  }

const failed =
  (log: Log): ErrorRequestHandler =>
  (error: unknown, request, response, _next) => {
    const told = problemOf(error)
    const id = requestIdOf(response)
    if (told.status >= 500)
      log.error({ event: 'http.failed', err: error, request_id: id }, `${request.method} ${request.path} failed`)
    // The answer has begun: all that is left is to cut it, so that it does not look complete.
    if (response.headersSent) return void response.destroy()
    response
      .status(told.status)
      .type('application/problem+json')
      .send(JSON.stringify(problemBody(told, id)))
  }

/**
 * An express 5 app with `/livez`, `/readyz`, `/metrics` and the service's routes. Bodies are JSON of 64 KiB at most.
 * Whatever is thrown in a route is answered as problem+json with the request's id, never with a stack.
 */
export const createApp = (options: AppOptions): Application => {
  const { log, routes, token, changesPerMinute, readOnly = false } = options
  const routers = [healthRoutes(options), ...(routes ? [routes] : [])]
  const app = express()
  app.disable('x-powered-by')
  app.use(requestId, serverSpan, observed(options), securityHeaders)
  if (readOnly) app.use(onlyReads)
  if (changesPerMinute !== undefined) app.use(limitChanges(changesPerMinute))
  if (token !== undefined) app.use(bearer(token))
  app.use(onlyJson, express.json({ limit: BODY_LIMIT_BYTES, inflate: false }), ...routers)
  app.use(noRoute(routers), failed(log))
  return app
}
