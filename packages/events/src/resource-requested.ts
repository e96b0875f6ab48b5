import { errors } from '@pokepedia/errors'
import { z } from 'zod'
import {
  partsOfPath,
  pathOfUrl,
  type ResourcePath,
  resourcePath,
  resourcePathSchema,
  runIdSchema,
  urlOfPath,
} from './ids.ts'

/** The event of `pokepedia.ingest`: fetch one resource. */
export const resourceRequestedSchema = z.object({
  runId: runIdSchema.nullable(),
  path: resourcePathSchema,
  resourceType: z.string(),
  url: z.url({ protocol: /^https?$/ }),
  /** Fetch without validators, so that the answer is never 304. */
  force: z.boolean(),
  discoveredFrom: z.string().nullable(),
  /** Epoch milliseconds. */
  requestedAt: z.number().int().nonnegative(),
})
export type ResourceRequested = z.infer<typeof resourceRequestedSchema>

const handFed = z.object({
  runId: runIdSchema.nullable().default(null),
  path: z.string().optional(),
  url: z.string().optional(),
  force: z.boolean().default(false),
  discoveredFrom: z.string().nullable().default(null),
  requestedAt: z.number().int().nonnegative().optional(),
})

const complete = (given: z.infer<typeof handFed>, path: ResourcePath, url: string): ResourceRequested =>
  resourceRequestedSchema.parse({
    ...given,
    path,
    url,
    resourceType: partsOfPath(path).resourceType,
    requestedAt: given.requestedAt ?? Date.now(),
  })

const pathIn = (apiRoot: string, url: string): ResourcePath => {
  const path = pathOfUrl(apiRoot, url)
  if (path) return path
  const sameRoot = url.startsWith(apiRoot)
  throw errors(
    sameRoot ? 'path_invalid' : 'host_refused',
    `${url.slice(0, 200)} is no resource below ${apiRoot}; write ${apiRoot}pokemon/25/ or pokemon/25`,
  )
}

/** An event from JSON that a person typed: `{"path":"pokemon/25"}` or `{"url":"…"}` is enough. Throws dead errors. */
export const resourceRequestedFromJson = (value: unknown, apiRoot: string): ResourceRequested => {
  const given = handFed.safeParse(value)
  if (!given.success) throw errors('undecodable', z.prettifyError(given.error))
  const { path, url } = given.data
  if (path !== undefined) {
    const parsed = resourcePath(path)
    return complete(given.data, parsed, url ?? urlOfPath(apiRoot, parsed))
  }
  if (url === undefined) throw errors('undecodable', 'the JSON has neither path nor url')
  return complete(given.data, pathIn(apiRoot, url), url)
}

/** An event from a bare line: a URL below the API root, or a path. Throws dead errors; what is neither is `undecodable`. */
export const resourceRequestedFromText = (text: string, apiRoot: string): ResourceRequested => {
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return resourceRequestedFromJson({ url: text }, apiRoot)
  if (/^[^\s/]*\/\S*$/.test(text)) return resourceRequestedFromJson({ path: text }, apiRoot)
  throw errors('undecodable', `${JSON.stringify(text.slice(0, 100))} is neither an Avro event, JSON, a URL nor a path`)
}
