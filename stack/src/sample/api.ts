import { absoluteBytes } from './absolute.ts'
import { type Answer, jsonAnswer, mediaAnswer, notFound } from './answer.ts'
import type { KnownTags } from './known-tags.ts'
import { mediaBytes, mediaType } from './media/media.ts'
import type { EntryList, Source } from './source.ts'

const LIMIT_DEFAULT = 20
const LAST_SEGMENT = /\/([^/]+)\/$/

// `parseInt(…) || default`, as the live API reads its query: 0 and nonsense mean the default.
const numberIn = (query: URLSearchParams, name: string, fallback: number): number =>
  Number.parseInt(query.get(name) ?? '', 10) || fallback

/**
 * One page of a list, with the live API's links (PokeAPI/deploy, functions): `offset` before `limit`, and the last `next`
 * asks only for what is left. Unlike there, a negative limit is the default and a negative offset 0.
 */
const page = (list: EntryList, path: string, query: URLSearchParams): object => {
  const offset = Math.max(0, numberIn(query, 'offset', 0))
  const asked = numberIn(query, 'limit', LIMIT_DEFAULT)
  const limit = asked < 0 ? LIMIT_DEFAULT : asked
  const at = (begin: number, end: number) => `${path}?offset=${begin}&limit=${end - begin}`
  const end = offset + limit
  const before = Math.max(0, offset - limit)
  return {
    count: list.count,
    next: end < list.count ? at(end, Math.min(end + limit, list.count)) : null,
    previous: before < offset ? at(before, offset) : null,
    results: list.slice(Math.min(offset, list.count), Math.min(end, list.count)),
  }
}

/** The live API takes a name where an id stands. */
const idIn = (list: EntryList, idOrName: string): string => {
  if (/^-?\d+$/.test(idOrName)) return idOrName
  const entry = list.slice(0, list.count).find(({ name }) => name === idOrName)
  return LAST_SEGMENT.exec(entry?.url ?? '')?.[1] ?? idOrName
}

export interface ApiParts {
  readonly source: Source
  readonly tags: KnownTags
  /** What links start with. */
  readonly origin: string
}

/** Answers `/api/v2/…`; with 304 where a document is known to have the tag that `asked`, an `If-None-Match`, names. */
export const answerApi = async (
  { source, tags, origin }: ApiParts,
  url: URL,
  asked: string | undefined,
): Promise<Answer> => {
  const path = url.pathname.toLowerCase()
  const segments = path.replace(/^\/api\/v2\/?|\/$/g, '').split('/')
  const [type = '', idOrName, below] = segments
  const list = source.list(type)
  if (list && idOrName === undefined) {
    return jsonAnswer(absoluteBytes(Buffer.from(JSON.stringify(page(list, path, url.searchParams))), origin))
  }
  if (segments.length > 3 || (!list && segments.length > 1)) return notFound()
  const segmentsOfDocument =
    list && idOrName !== undefined ? [type, idIn(list, idOrName), ...(below ? [below] : [])] : [type]
  const document = segmentsOfDocument.join('/')
  return tags.answer(document, asked, async () => {
    const found = await source.document(document)
    return found
      ? { answer: jsonAnswer(absoluteBytes(found.bytes, origin)), stamp: found.stamp }
      : { answer: notFound() }
  })
}

/** Answers `/media/<path of the original URL>`. */
export const answerMedia = (url: URL): Answer => {
  const path = url.pathname.slice('/media'.length)
  const contentType = mediaType(path)
  return contentType === undefined ? notFound() : mediaAnswer(mediaBytes(path), contentType)
}
