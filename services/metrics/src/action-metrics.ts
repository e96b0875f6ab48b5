import type { RequestHandler, Router } from 'express'
import { Counter, type Registry } from 'prom-client'

/** What the page, the command line and others ask this service to change, by route. */
export const ACTIONS: Readonly<Record<string, string>> = {
  '/v1/seed': 'seed',
  '/v1/runs/:id/cancel': 'cancel_run',
  '/v1/redrives': 'redrive',
  '/v1/redrives/:id/cancel': 'cancel_redrive',
  '/v1/dead-letters/discard': 'discard',
  '/v1/groups/:group/pause': 'pause',
  '/v1/groups/:group/resume': 'resume',
  '/v1/schedules': 'edit_schedules',
  '/v1/schedules/:name': 'edit_schedules',
  '/v1/schedules/:name/run': 'run_schedule',
}

const RESULTS = ['done', 'dry_run', 'refused', 'failed'] as const

const isDryRun = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'dryRun' in body && body.dryRun === true

const resultOf = (status: number, body: unknown): (typeof RESULTS)[number] => {
  if (status >= 500) return 'failed'
  if (status >= 400) return 'refused'
  return isDryRun(body) ? 'dry_run' : 'done'
}

/**
 * Counts the requests to change something that come to the router's later routes. What is refused before, for want of
 * the token or in read-only mode, is in `http_request_duration_seconds` alone.
 */
export const addActionMetrics = (router: Router, registry: Registry): Router => {
  const actions = new Counter({
    name: 'pokepedia_ui_actions_total',
    help: 'Requests to change something, by what was asked and what became of it',
    labelNames: ['action', 'result'] as const,
    registers: [registry],
  })
  for (const action of Object.values(ACTIONS)) for (const result of RESULTS) actions.inc({ action, result }, 0)
  const count: RequestHandler = (request, response, next) => {
    response.once('close', () => {
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      const action = isRead ? undefined : ACTIONS[String(request.route?.path)]
      if (action !== undefined) actions.inc({ action, result: resultOf(response.statusCode, request.body) })
    })
    next()
  }
  return router.use(count)
}
