import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { rateLimit } from 'express-rate-limit'
import { problem } from './problem.ts'

/** The id of a request: the client's `x-request-id` where it is plain, else a new one. */
export const requestId: RequestHandler = (request, response, next) => {
  const given = request.get('x-request-id')
  const id = given !== undefined && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID()
  response.locals['requestId'] = id
  response.setHeader('x-request-id', id)
  next()
}

/** The id that `requestId` gave the request. */
export const requestIdOf = (response: Response): string => String(response.locals['requestId'] ?? '')

const HEADERS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** Headers that keep browsers from guessing, framing and running what the page did not bring. A route may replace them. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
  next()
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
const isRead = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD'

/** Wants `Authorization: Bearer <token>` on everything but GET and HEAD; compares hashes in constant time. */
export const bearer = (token: string): RequestHandler => {
  const expected = sha256(token)
  return (request, response, next) => {
    const [, given = ''] = /^Bearer ([^\s]+)$/i.exec(request.get('authorization') ?? '') ?? []
    if (isRead(request) || timingSafeEqual(sha256(given), expected)) return next()
    response.setHeader('www-authenticate', 'Bearer')
    const detail = given === '' ? 'send the header Authorization: Bearer <API_TOKEN>' : 'the token is not API_TOKEN'
    throw problem(401, 'unauthorized', detail)
  }
}

/** Refuses everything but GET and HEAD. */
export const onlyReads: RequestHandler = (request, _response, next) => {
  if (isRead(request)) return next()
  throw problem(403, 'read_only', 'this service runs with READ_ONLY=true and changes nothing; use one that does not')
}

const WINDOW_MS = 60_000

/**
 * Refuses what one client address sends beyond so many changes a minute, wrong tokens included, with 429 and Retry-After;
 * reads are not counted.
 * Each process counts for itself, and behind a proxy all clients are one.
 */
export const limitChanges = (perMinute: number): RequestHandler =>
  rateLimit({
    windowMs: WINDOW_MS,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    skip: isRead,
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: () => {
      throw problem(429, 'too_many_changes', `over ${perMinute} changes a minute (CHANGES_PER_MINUTE); try again later`)
    },
  })

/** Refuses a body that is not JSON. */
export const onlyJson = (request: Request, _response: Response, next: NextFunction): void => {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.get('content-length') ?? 0) > 0
  if (hasBody && !isRead(request) && !request.is('json'))
    throw problem(415, 'content_type_unsupported', 'send the body as Content-Type: application/json')
  next()
}
