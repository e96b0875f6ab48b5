import { problem } from '@pokepedia/service'
import type { Response, Router } from 'express'
import { Gauge, type Registry } from 'prom-client'

export interface EventsOptions {
  /** What a snapshot is made of; asked once a second while anybody listens. */
  readonly status: () => object
  readonly registry: Registry
  readonly maxClients?: number
  /** How often it is looked whether anything has changed. */
  readonly everyMs?: number
  /** How often one is sent in which nothing but the times of reading has changed. */
  readonly freshMs?: number
  readonly heartbeatMs?: number
  /** A client that takes nothing for this long is cut. */
  readonly stuckMs?: number
}

const RETRY_MS = 3_000
const HEADERS = {
  'content-type': 'text/event-stream',
  // A proxy that compresses or collects would hold events back.
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  // The stream is all that this connection is for; a stop then need not wait for it.
  connection: 'close',
}

interface Client {
  readonly response: Response
  /** Of the snapshot that it was sent last. */
  sentId: number
  /** Since when it has not taken what it was sent; undefined when it has. */
  stuckSinceMs: number | undefined
}

/** That something was read again is no news. */
const withoutTimes = (key: string, value: unknown): unknown => (key === 'lastSuccessAt' ? undefined : value)

/** Numbers that grow, over restarts too as far as the clock does. */
const createIds = () => {
  let last = 0
  return (): number => {
    last = Math.max(last + 1, Date.now())
    return last
  }
}

/**
 * Adds `GET /v1/events`: the status as server-sent events (WHATWG HTML, 9.2). Each event is a whole snapshot, so that a
 * client that comes back, whatever its Last-Event-ID, needs nothing but the next one. At most one a second, and only
 * when something has changed. A client that is slow is sent nothing until it has taken what it was sent, so at most one
 * snapshot waits for it, and is cut after 10 s; beyond 100 clients the answer is 503 `too_many_clients`. Disposing ends
 * the streams.
 */
export const addEventRoutes = (router: Router, options: EventsOptions): AsyncDisposable => {
  const { status, registry, maxClients = 100, everyMs = 1_000 } = options
  const { freshMs = 5_000, heartbeatMs = 15_000, stuckMs = 10_000 } = options
  const clients = new Set<Client>()
  const nextId = createIds()
  let last = { id: 0, atMs: 0, said: '', data: '' }
  let heartbeatAtMs = 0
  new Gauge({
    name: 'pokepedia_sse_clients',
    help: 'Pages and programs that listen to the status events',
    registers: [registry],
    collect() {
      this.set(clients.size)
    },
  })

  const look = (): void => {
    const now = status()
    const said = JSON.stringify(now, withoutTimes)
    const data = JSON.stringify(now)
    const atMs = performance.now()
    if (said !== last.said || (data !== last.data && atMs - last.atMs >= freshMs))
      last = { id: nextId(), atMs, said, data }
  }
  const write = (client: Client, text: string): void => {
    if (client.response.write(text)) return
    client.stuckSinceMs = performance.now()
    client.response.once('drain', () => {
      client.stuckSinceMs = undefined
    })
  }
  const sendTo = (client: Client, isHeartbeat: boolean): void => {
    const { stuckSinceMs, response } = client
    if (stuckSinceMs !== undefined) {
      if (performance.now() - stuckSinceMs > stuckMs) response.destroy()
    } else if (client.sentId !== last.id) {
      client.sentId = last.id
      write(client, `id: ${last.id}\nevent: status\ndata: ${last.data}\n\n`)
    } else if (isHeartbeat) write(client, ': heartbeat\n\n')
  }
  const tick = (): void => {
    if (clients.size === 0) return
    look()
    const nowMs = performance.now()
    const isHeartbeat = nowMs - heartbeatAtMs >= heartbeatMs
    if (isHeartbeat) heartbeatAtMs = nowMs
    for (const client of [...clients]) sendTo(client, isHeartbeat)
  }
  const timer = setInterval(tick, everyMs)

  router.get('/v1/events', (_request, response) => {
    if (clients.size >= maxClients) {
      response.setHeader('retry-after', '30')
      throw problem(503, 'too_many_clients', `${maxClients} clients listen already; GET /v1/status has the same`)
    }
    const client: Client = { response, sentId: 0, stuckSinceMs: undefined }
    response.writeHead(200, HEADERS)
    clients.add(client)
    response.once('close', () => clients.delete(client))
    look()
    write(client, `retry: ${RETRY_MS}\n\n`)
    sendTo(client, false)
  })

  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      for (const { response } of clients) response.end()
    },
  }
}
