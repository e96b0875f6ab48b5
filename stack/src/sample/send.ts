import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Answer } from './answer.ts'
import { textAnswer } from './answer.ts'
import type { FaultRule } from './faults.ts'
import { mediaBytes } from './media/media.ts'

const BLANKS = Buffer.alloc(64 * 1024, ' ')
const DRIP_PIECES = 20

const headOf = (answer: Answer, length = answer.body.length) =>
  answer.status === 304 ? answer.headers : { ...answer.headers, 'content-length': String(length) }

/** Sends an answer as it is. */
export const send = (answer: Answer, response: ServerResponse): void => {
  response.writeHead(answer.status, headOf(answer))
  response.end(response.req.method === 'HEAD' || answer.status === 304 ? undefined : answer.body)
}

/** Waits, unless the client leaves or the server stops first; then `false`. */
export const waited = async (delayMs: number, response: ServerResponse): Promise<boolean> => {
  const gone = new AbortController()
  const leave = () => gone.abort()
  response.once('close', leave)
  try {
    if (!response.destroyed) await delay(delayMs, undefined, { signal: gone.signal })
    return !response.destroyed
  } catch (error) {
    if (gone.signal.aborted) return false
    throw error
  } finally {
    response.off('close', leave)
  }
}

const drip = async (answer: Answer, response: ServerResponse, delayMs: number): Promise<void> => {
  response.writeHead(answer.status, headOf(answer))
  const piece = Math.max(1, Math.ceil(answer.body.length / DRIP_PIECES))
  for (let from = 0; from < answer.body.length; from += piece) {
    if (!(await waited(delayMs, response))) return
    response.write(answer.body.subarray(from, from + piece))
  }
  response.end()
}

const oversized = async (answer: Answer, response: ServerResponse, bodyBytes: number): Promise<void> => {
  response.writeHead(answer.status, headOf(answer, Math.max(bodyBytes, answer.body.length)))
  const body = function* () {
    yield answer.body
    for (let left = bodyBytes - answer.body.length; left > 0; left -= BLANKS.length) {
      yield BLANKS.subarray(0, Math.min(left, BLANKS.length))
    }
  }
  try {
    await pipeline(body, response)
  } catch (error) {
    // A client that refuses the body closes the connection; that is what this fault is for.
    if (!response.destroyed) throw error
  }
}

const truncate = (answer: Answer, response: ServerResponse): void => {
  response.writeHead(answer.status, headOf(answer))
  response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () => response.destroy())
}

/** Other bytes for the same path, so that a mirror has something to refresh. */
export const changed = (answer: Answer, path: string, revision: number): Answer => {
  if (answer.status !== 200) return answer
  const etag = `"revision-${revision}-${answer.headers['etag']?.replace(/^W\/|"/g, '')}"`
  const isObject = answer.body[0] === 0x7b
  const body = path.startsWith('/media/')
    ? mediaBytes(`revision-${revision}${path.slice('/media'.length)}`)
    : isObject
      ? Buffer.concat([Buffer.from(`{"sample_revision":${revision},`), answer.body.subarray(1)])
      : answer.body
  return { ...answer, headers: { ...answer.headers, etag }, body }
}

const okay = (answer: Answer, contentType: string, body: string | Buffer): Answer => ({
  status: 200,
  headers: { 'cache-control': answer.headers['cache-control'] ?? 'no-store', 'content-type': contentType },
  body: Buffer.from(body),
})

const typeOf = (answer: Answer): string => answer.headers['content-type'] ?? 'application/octet-stream'

/** Sends an answer the way a rule spoils it. */
export const sendFaulty = async (rule: FaultRule, answer: Answer, response: ServerResponse): Promise<void> => {
  switch (rule.kind) {
    case 'status': {
      const wait = rule.retryAfterSeconds
      const headers: Record<string, string> = wait === undefined ? {} : { 'retry-after': String(wait) }
      return send(textAnswer(rule.status ?? 503, 'the sample upstream was told to fail', headers), response)
    }
    case 'gone':
      return send(textAnswer(rule.status ?? 404, 'Not Found'), response)
    case 'redirect': {
      const headers = { location: rule.location ?? 'http://127.0.0.2/' }
      return send(textAnswer(rule.status ?? 302, 'elsewhere', headers), response)
    }
    case 'hang':
      return
    case 'reset':
      response.socket?.resetAndDestroy()
      return
    case 'truncate':
      return truncate(answer, response)
    case 'wrong_type':
      return send(okay(answer, 'text/html; charset=utf-8', '<!doctype html><title>Just a moment</title>'), response)
    case 'invalid_json':
      return send(okay(answer, typeOf(answer), answer.body.subarray(0, answer.body.length - 1)), response)
    case 'empty':
      return send(okay(answer, typeOf(answer), ''), response)
    case 'not_image': {
      const contentType = typeOf(answer).startsWith('image/') ? typeOf(answer) : 'image/png'
      return send(okay(answer, contentType, 'version https://git-lfs.github.com/spec/v1\n'), response)
    }
    case 'oversized':
      return oversized(answer, response, rule.bodyBytes ?? 64 * 1024 * 1024)
    case 'drip':
      return drip(answer, response, rule.delayMs ?? 250)
    case 'latency':
    case 'changed':
      return send(answer, response)
  }
}
