import { classify, errors, messageOf, type PipelineError } from '@pokepedia/errors'
import { pathOfUrl, type ResourcePath } from '@pokepedia/events'
import { z } from 'zod'

/** Where discovery reads: an API of PokeAPI's shape. */
export interface ListSource {
  /** The API's root, with a slash at its end. */
  readonly apiRoot: string
  /** Reads one JSON object; undefined when the host says it has none (404, 410). Throws classified errors. */
  readonly read: (url: string, signal: AbortSignal) => Promise<Readonly<Record<string, unknown>> | undefined>
}

/** A key of the upstream's index. */
export interface TypeList {
  readonly resourceType: string
  readonly url: string
}

/** One page of a type's list, as far as discovery reads it. */
export interface ListPage {
  readonly url: string
  /** What the list says of its own length; it can lie. */
  readonly count: number
  readonly hasNext: boolean
  readonly results: readonly unknown[]
}

const pageSchema = z.object({
  count: z.number().int().nonnegative(),
  next: z.unknown(),
  results: z.array(z.unknown()),
})
const resultSchema = z.object({ url: z.string() })

/** A list that is still not read to its end after so many pages has no end. */
const MAX_PAGES = 10_000

/** A failed reading as `discovery_failed`; its cause tells whether trying again makes sense. */
export const discoveryFailure = (what: string, cause: unknown): PipelineError =>
  errors('discovery_failed', `${what}: ${messageOf(cause)}`, { cause: classify(cause) })

const readDocument = async (source: ListSource, url: string, signal: AbortSignal) => {
  try {
    return await source.read(url, signal)
  } catch (cause) {
    throw discoveryFailure(`could not read ${url}`, cause)
  }
}

const absolute = (link: unknown, base: string): string | undefined =>
  typeof link === 'string' && URL.canParse(link, base) ? new URL(link, base).href : undefined

/** The upstream's resource types with the addresses of their lists; keys that point elsewhere are left out. */
export const readIndex = async (source: ListSource, signal: AbortSignal): Promise<Map<string, TypeList>> => {
  const index = await readDocument(source, source.apiRoot, signal)
  if (index === undefined)
    throw discoveryFailure('no index', errors('http_refused', `${source.apiRoot} is not there; check UPSTREAM_URL`))
  const lists = Object.entries(index).flatMap(([resourceType, link]) => {
    const url = absolute(link, source.apiRoot)
    return url?.startsWith(source.apiRoot) ? [{ resourceType, url }] : []
  })
  return new Map(lists.map((list) => [list.resourceType, list]))
}

const pageUrl = (listUrl: string, offset: number, limit: number): string => {
  const url = new URL(listUrl)
  url.searchParams.set('limit', String(limit))
  url.searchParams.set('offset', String(offset))
  return url.href
}

/** One page; undefined when the document is no list (`meta`) or not there. */
const readPage = async (source: ListSource, url: string, signal: AbortSignal): Promise<ListPage | undefined> => {
  const document = await readDocument(source, url, signal)
  if (document === undefined || !('count' in document || 'results' in document)) return undefined
  const page = pageSchema.safeParse(document)
  if (!page.success) {
    const why = errors('json_invalid', z.prettifyError(page.error), { cause: page.error })
    throw discoveryFailure(`${url} is a malformed list`, why)
  }
  const { count, next, results } = page.data
  return { url, count, hasNext: next !== null && next !== undefined, results }
}

const keyOf = (result: unknown): string => resultSchema.safeParse(result).data?.url ?? JSON.stringify(result)

/**
 * Reads a list once, page after page, and yields nothing when it is no list.
 * Goes by offsets of its own, never by `next`, which can point to itself or to another host. A page shorter than asked
 * for moves the offset by what came. Ends at an empty page, or at `count`, which can be too low: then it goes on while
 * there is a `next` and a page brings something new.
 */
export async function* pagesOf(
  source: ListSource,
  list: TypeList,
  pageSize: number,
  signal: AbortSignal,
): AsyncGenerator<ListPage> {
  const seen = new Set<string>()
  for (let offset = 0, pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await readPage(source, pageUrl(list.url, offset, pageSize), signal)
    if (page === undefined) return
    yield page
    const seenBefore = seen.size
    for (const result of page.results) seen.add(keyOf(result))
    offset += page.results.length
    if (page.results.length === 0) return
    if (offset >= page.count && (!page.hasNext || seen.size === seenBefore)) return
  }
  throw discoveryFailure(`${list.url} has no end`, errors('body_too_large', `over ${MAX_PAGES} pages`))
}

/** The path a list's result stands for; undefined when it is none of this type below the API root. */
export const pathOfResult = (source: ListSource, list: TypeList, result: unknown): ResourcePath | undefined => {
  const url = absolute(resultSchema.safeParse(result).data?.url, list.url)
  const path = url === undefined ? undefined : pathOfUrl(source.apiRoot, url)
  return path?.startsWith(`${list.resourceType}/`) ? path : undefined
}
