import { parsed } from '@pokepedia/service'
import { queueHistory, type Store } from '@pokepedia/storage'
import { Router } from 'express'
import { z } from 'zod'
import { openapi } from './openapi.ts'
import { statusPage } from './page/page.ts'
import { stylesheet } from './page/style.ts'
import type { Status } from './status.ts'

// Everything the page loads is its stylesheet from here; nothing may frame it.
const POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The query of `GET /v1/queues/history`. */
const historyQuery = z.strictObject({
  minutes: z
    .string()
    .regex(/^[0-9]{1,2}$/, 'must be a whole number of 1 to 60')
    .transform(Number)
    .pipe(z.int().min(1).max(60))
    .default(60),
})

/** `/`, `/style.css`, `/openapi.json` and `/v1/status` show the last complete readings and ask nobody; `/v1/queues/history` those of the last hour. */
export const statusRoutes = (status: () => Status, store: Store): Router =>
  Router()
    .get('/', (_request, response) => {
      response.setHeader('content-security-policy', POLICY)
      response.setHeader('cache-control', 'no-store')
      response.type('html').send(statusPage(status()))
    })
    .get('/style.css', (_request, response) => void response.type('css').send(stylesheet))
    .get('/openapi.json', (_request, response) => void response.json(openapi))
    .get('/v1/queues/history', async (request, response) => {
      const { minutes } = parsed(historyQuery, request.query, 'the query')
      const found = await queueHistory(store, minutes)
      response.json({ queues: [...found].map(([queue, points]) => ({ queue, points })) })
    })
    .get('/v1/status', (_request, response) => {
      response.setHeader('cache-control', 'no-store')
      response.json(status())
    })
