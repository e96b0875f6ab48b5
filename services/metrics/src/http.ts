import { Router } from 'express'
import { openapi } from './openapi.ts'
import { statusPage } from './page/page.ts'
import { stylesheet } from './page/style.ts'
import { type StatusSources, statusOf } from './status.ts'

// Everything the page loads is its stylesheet from here; nothing may frame it.
const POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** `/`, `/style.css`, `/openapi.json` and `/v1/status`. All of them show the last complete readings and ask nobody. */
export const statusRoutes = (sources: StatusSources): Router =>
  Router()
    .get('/', (_request, response) => {
      response.setHeader('content-security-policy', POLICY)
      response.setHeader('cache-control', 'no-store')
      response.type('html').send(statusPage(statusOf(sources)))
    })
    .get('/style.css', (_request, response) => void response.type('css').send(stylesheet))
    .get('/openapi.json', (_request, response) => void response.json(openapi))
    .get('/v1/status', (_request, response) => {
      response.setHeader('cache-control', 'no-store')
      response.json(statusOf(sources))
    })
