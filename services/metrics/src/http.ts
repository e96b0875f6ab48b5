import { parsed } from '@pokepedia/service'
import { queueHistory, type Store } from '@pokepedia/storage'
import { Router } from 'express'
import { z } from 'zod'
import { openapi } from './openapi.ts'
import { assetRoute, type PageAssets } from './page/assets.ts'
import { statusPage } from './page/page.ts'
import type { Status } from './status.ts'

// The page loads its own files and asks its own API, and nothing may frame it. A text can't become markup or script.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/** The query of `GET /v1/queues/history`. */
const historyQuery = z.strictObject({
  minutes: z
    .string()
    .regex(/^[0-9]{1,2}$/, 'must be a whole number of 1 to 60')
    .transform(Number)
    .pipe(z.int().min(1).max(60))
    .default(60),
})

/** `/`, `/openapi.json` and `/v1/status` show the last complete readings and ask nobody; `/v1/queues/history` those of the last hour. */
export const statusRoutes = (status: () => Status, store: Store, assets: PageAssets): Router =>
  Router()
    .get('/', (_request, response) => {
      response.setHeader('content-security-policy', POLICY)
      response.setHeader('cache-control', 'no-store')
      response.type('html').send(statusPage(status(), assets))
    })
    .get('/page/:name', assetRoute(assets))
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
