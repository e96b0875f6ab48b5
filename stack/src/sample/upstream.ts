import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, conditional, notFound, textAnswer } from './answer.ts'
import { type ApiParts, answerApi, answerMedia } from './api.ts'
import { answerControl } from './control.ts'
import { openDirectory } from './directory-source.ts'
import { type FaultRule, judge } from './faults.ts'
import { openGenerated } from './generated/generated-source.ts'
import { openKnownTags } from './known-tags.ts'
import { openRequestLog, type RequestCounts, type RequestLog } from './request-log.ts'
import { changed, send, sendFaulty, waited } from './send.ts'

/** Longer than clients keep idle connections, so that none meets one that is just being closed. */
const KEEP_ALIVE_MS = 65_000
const STOP_GRACE_MS = 500

/** Where the documents come from. */
export type SampleSource =
  | {
      readonly kind: 'generated'
      /** 1 to 1,000,000. */
      readonly pokemon: number
      /** 1 unless given; another seed makes another world. */
      readonly seed?: number | undefined
    }
  | {
      readonly kind: 'directory'
      /** A directory of PokeAPI/api-data: the one that has `data/api/v2/index.json`. */
      readonly directory: string
    }

export interface SampleUpstreamOptions {
  /** A free one unless given. */
  readonly port?: number | undefined
  /** `127.0.0.1` unless given. */
  readonly host?: string | undefined
  /** What links start with, when clients reach this server under another name: `http://sample:8080`. */
  readonly origin?: string | undefined
  readonly source: SampleSource
  readonly faults?: readonly FaultRule[] | undefined
  /** Gets a line for each fault that hits and each failure of the server itself. */
  readonly log?: ((line: string) => void) | undefined
}

export interface SampleUpstream {
  /** `http://127.0.0.1:PORT/api/v2/` */
  readonly url: string
  readonly port: number
  /** Ends idle connections at once, busy ones after half a second. */
  stop(): Promise<void>
  /** Since the start; for tests. */
  readonly requests: RequestCounts
  /** May be changed at run time; a rule counts requests from its first on. */
  readonly faults: FaultRule[]
}

interface Context extends ApiParts {
  readonly faults: FaultRule[]
  readonly requests: RequestLog
  readonly log: (line: string) => void
}

const answerOf = async (
  context: Context,
  request: IncomingMessage,
  url: URL,
  asked: string | undefined,
): Promise<Answer> => {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return textAnswer(405, 'Method Not Allowed', { allow: 'GET, HEAD' })
  }
  if (/^\/api\/v2(\/|$)/.test(url.pathname)) return answerApi(context, url, asked)
  return url.pathname.startsWith('/media/') ? answerMedia(url) : notFound()
}

const serve = async (context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const path = request.url ?? '/'
  const url = new URL(path, context.origin)
  if (url.pathname.startsWith('/__')) {
    return send(await answerControl(request, url.pathname, context.faults, context.requests), response)
  }
  context.requests.begin(path)
  response.once('close', () => context.requests.end(response.statusCode))
  const { delayMs, rule } = judge(context.faults, path)
  const kind = rule?.kind ?? (delayMs > 0 ? 'latency' : undefined)
  if (kind) {
    context.requests.fault(kind)
    context.log(`fault ${kind} ${path}`)
  }
  const asked = request.headers['if-none-match']
  // At once: the answer leaves when the delay is over, not when it is made after that. A rule wants a whole one to spoil.
  const [plain, isThere] = await Promise.all([
    answerOf(context, request, url, rule ? undefined : asked),
    delayMs === 0 || waited(delayMs, response),
  ])
  if (!isThere) return
  const answer = rule?.kind === 'changed' ? changed(plain, url.pathname, rule.revision ?? 1) : plain
  if (rule && rule.kind !== 'changed' && rule.kind !== 'drip') return sendFaulty(rule, answer, response)
  const final = conditional(answer, asked)
  return rule ? sendFaulty(rule, final, response) : send(final, response)
}

const fail = (context: Context, request: IncomingMessage, response: ServerResponse, error: unknown): void => {
  context.log(`failed ${request.url}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  if (response.headersSent) response.destroy()
  else send(textAnswer(500, 'Internal Server Error'), response)
}

const listen = async (server: Server, port: number, host: string): Promise<AddressInfo> => {
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error(`no TCP address: ${address}`)
  return address
}

const stop = async (server: Server): Promise<void> => {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const grace = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS)
  await closed
  clearTimeout(grace)
}

/**
 * Starts an HTTP server that behaves as https://pokeapi.co/api/v2/ does, with the media it names, and with faults on demand.
 * Rejects with `upstream_dir_invalid`, or with Node's error when the port cannot be had.
 */
export const startSampleUpstream = async (options: SampleUpstreamOptions): Promise<SampleUpstream> => {
  const { host = '127.0.0.1', source: from } = options
  const source =
    from.kind === 'directory'
      ? await openDirectory(from.directory)
      : openGenerated({ pokemon: from.pokemon, seed: from.seed ?? 1 })
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS })
  const { port } = await listen(server, options.port ?? 0, host)
  const address = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`
  const context: Context = {
    source,
    tags: openKnownTags(source),
    origin: options.origin ?? address,
    faults: [...(options.faults ?? [])],
    requests: openRequestLog(),
    log: options.log ?? (() => undefined),
  }
  server.on('request', (request, response) => {
    serve(context, request, response).catch((error: unknown) => fail(context, request, response, error))
  })
  return {
    url: `${address}/api/v2/`,
    port,
    requests: context.requests.counts,
    faults: context.faults,
    stop: () => stop(server),
  }
}
