import { errors } from '@pokepedia/errors'
import { z } from 'zod'

/** `pokemon/25` or `pokemon/25/encounters`: a resource's place under the API root, and its key everywhere. */
export type ResourcePath = string & { readonly __brand: 'ResourcePath' }
/** A run's UUIDv7 (RFC 9562 section 5.7), lower case. */
export type RunId = string & { readonly __brand: 'RunId' }

// move-ailment/-1 is real: an id may be negative.
const PATH = /^([a-z0-9-]{1,64})\/(-?[0-9]{1,9})(\/encounters)?$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const isResourcePath = (text: string): text is ResourcePath => PATH.test(text)
export const isRunId = (text: string): text is RunId => UUID.test(text)

/** For zod schemas: a string that is a resource path. */
export const resourcePathSchema = z.string().refine(isResourcePath, 'must be type/id or type/id/encounters')
/** For zod schemas: a string that is a run id. */
export const runIdSchema = z.string().refine(isRunId, 'must be a UUID')

/** Parses a resource path; throws `path_invalid`. A leading or trailing slash is allowed. */
export const resourcePath = (text: string): ResourcePath => {
  const trimmed = text.replace(/^\/|\/$/g, '')
  if (isResourcePath(trimmed)) return trimmed
  throw errors(
    'path_invalid',
    `${JSON.stringify(text.slice(0, 200))} is no resource path; write pokemon/25 or pokemon/25/encounters`,
  )
}

/** The parts of a path: `pokemon/25/encounters` → type `pokemon`, id 25, sub `encounters`. */
export const partsOfPath = (path: ResourcePath): { resourceType: string; resourceId: number; sub: string | null } => {
  const [resourceType = '', id = '', sub] = path.split('/')
  return { resourceType, resourceId: Number(id), sub: sub ?? null }
}

/** The address of a resource under an API root that ends with a slash. Encounters have no trailing slash upstream. */
export const urlOfPath = (root: string, path: ResourcePath): string =>
  path.endsWith('/encounters') ? `${root}${path}` : `${root}${path}/`

/** The path of an address under an API root; undefined when it lies elsewhere or is no resource. */
export const pathOfUrl = (root: string, url: string): ResourcePath | undefined => {
  if (!url.startsWith(root)) return undefined
  const rest = url.slice(root.length).replace(/\/$/, '')
  return isResourcePath(rest) ? rest : undefined
}
