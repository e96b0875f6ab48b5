import { createHash } from 'node:crypto'

/** What the server has to say, before faults and conditional requests. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const DAY = 'public, max-age=86400, s-maxage=86400'
const FIVE_MINUTES = 'max-age=300'

const digest = (body: Buffer): string => createHash('sha1').update(body).digest('base64url')

/** JSON as the live API sends it: a weak ETag, a day's cache. */
export const jsonAnswer = (body: Buffer): Answer => ({
  status: 200,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': DAY,
    etag: `W/"${digest(body)}"`,
  },
  body,
})

/** A media file as raw.githubusercontent.com sends it: a strong ETag, five minutes' cache. */
export const mediaAnswer = (body: Buffer, contentType: string): Answer => ({
  status: 200,
  headers: { 'content-type': contentType, 'cache-control': FIVE_MINUTES, etag: `"${digest(body)}"` },
  body,
})

/** A status with its words as the body, as Express' `sendStatus` does on the live API. */
export const textAnswer = (status: number, words: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body: Buffer.from(words),
})

export const notFound = (): Answer => textAnswer(404, 'Not Found')

/** An answer of the server's own doors (`/__…`), never cached. */
export const controlAnswer = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  body: Buffer.from(JSON.stringify(value)),
})

const opaque = (tag: string): string => tag.trim().replace(/^W\//, '')

/** 304 without a body when `asked`, an `If-None-Match`, names this answer's ETag, compared weakly (RFC 9110 section 13.1.2). */
export const conditional = (answer: Answer, asked: string | undefined): Answer => {
  const etag = answer.headers['etag']
  if (asked === undefined || etag === undefined || answer.status !== 200) return answer
  const known = asked.trim() === '*' || asked.split(',').some((tag) => opaque(tag) === opaque(etag))
  if (!known) return answer
  const { 'content-type': _, ...headers } = answer.headers
  return { status: 304, headers, body: Buffer.alloc(0) }
}
