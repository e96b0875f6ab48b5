import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { createRegistry, type RunningServer, Scope, serve } from '@pokepedia/service'
import { createApp } from '@pokepedia/service/http'
import { Router } from 'express'
import type { Registry } from 'prom-client'
import { addEventRoutes, type EventsOptions } from '../src/events.ts'
import { log, until } from './support.ts'

interface Stage extends AsyncDisposable {
  readonly server: RunningServer
  readonly registry: Registry
}

const open = async (options: Omit<EventsOptions, 'registry'>): Promise<Stage> => {
  const scope = new Scope()
  const registry = createRegistry('test', { version: '0', revision: 'none' })
  const routes = Router()
  const events = addEventRoutes(routes, { everyMs: 10, ...options, registry })
  const app = createApp({ log, checks: [], registry, routes })
  const server = scope.add(await serve(app, { host: '127.0.0.1', port: 0 }))
  scope.add(events)
  return { server, registry, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() }
}

interface Listener {
  readonly headers: Headers
  text(): string
  readonly ended: Promise<void>
}

const listen = async ({ url }: RunningServer, headers: Record<string, string> = {}): Promise<Listener> => {
  const answer = await fetch(`${url}/v1/events`, { headers })
  assert.equal(answer.status, 200)
  let seen = ''
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const chunk of answer.body ?? []) seen += decoder.decode(chunk, { stream: true })
  }
  const ended = read()
  // Tests that don't wait for the end don't care how the stream is cut then.
  ended.catch(() => undefined)
  return { headers: answer.headers, text: () => seen, ended }
}

const snapshots = (text: string): { id: number; data: unknown }[] =>
  [...text.matchAll(/^id: (\d+)\nevent: status\ndata: (.*)\n\n/gm)].map(([, id, data]) => ({
    id: Number(id),
    data: JSON.parse(data ?? ''),
  }))
const clientsIn = async (registry: Registry): Promise<string | undefined> =>
  /^pokepedia_sse_clients (\d+)$/m.exec(await registry.metrics())?.[1]

test('a snapshot comes at once, and the next when something has changed, with a growing id', async () => {
  let status = { ready: 1 }
  await using stage = await open({ status: () => status, heartbeatMs: 30 })
  const listener = await listen(stage.server)
  assert.equal(listener.headers.get('content-type'), 'text/event-stream')
  assert.equal(listener.headers.get('cache-control'), 'no-cache, no-transform')
  assert.equal(listener.headers.get('x-accel-buffering'), 'no')
  await until('the first snapshot', listener.text, (text) => snapshots(text).length === 1)
  assert.match(listener.text(), /^retry: 3000\n\n/)
  await until('heartbeats', listener.text, (text) => text.split(': heartbeat\n\n').length > 3)
  assert.equal(snapshots(listener.text()).length, 1, 'nothing has changed')

  status = { ready: 2 }
  await until('the second snapshot', listener.text, (text) => snapshots(text).length === 2)
  const [first, second] = snapshots(listener.text())
  assert.deepEqual([first?.data, second?.data], [{ ready: 1 }, { ready: 2 }])
  assert.ok(Number(second?.id) > Number(first?.id))

  const back = await listen(stage.server, { 'last-event-id': String(second?.id) })
  await until('the snapshot of one that comes back', back.text, (text) => snapshots(text).length === 1)
  assert.deepEqual(snapshots(back.text())[0]?.data, { ready: 2 })
  assert.equal(await clientsIn(stage.registry), '2')
})

test('what changes faster than it is sent comes as its last state', async () => {
  let count = 0
  const status = () => {
    count += 1
    return { count }
  }
  await using stage = await open({ status, everyMs: 50 })
  const listener = await listen(stage.server)
  await until('three snapshots', listener.text, (text) => snapshots(text).length >= 3)
  const ids = snapshots(listener.text()).map(({ id }) => id)
  assert.ok(ids.every((id, i) => id > (ids[i - 1] ?? 0)))
  assert.equal(new Set(ids).size, ids.length)
})

test('beyond the most clients the answer is a problem, and a place that becomes free is given away', async () => {
  await using stage = await open({ status: () => ({}), maxClients: 1 })
  const first = new AbortController()
  await fetch(`${stage.server.url}/v1/events`, { signal: first.signal })
  const refused = await fetch(`${stage.server.url}/v1/events`)
  assert.equal(refused.status, 503)
  assert.equal(refused.headers.get('content-type'), 'application/problem+json; charset=utf-8')
  assert.match(await refused.text(), /"code":"too_many_clients"/)
  first.abort()
  await until(
    'no client',
    () => clientsIn(stage.registry),
    (clients) => clients === '0',
  )
  await listen(stage.server)
})

/** A client that asks and then reads nothing, so that its window closes. */
const stuckClient = async ({ port }: RunningServer): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.on('error', () => undefined)
  socket.pause()
  socket.write('GET /v1/events HTTP/1.1\r\nhost: test\r\n\r\n')
  return socket
}

test('a client that takes nothing is cut, and those that listen are not held up by it', async () => {
  let count = 0
  const status = () => {
    count += 1
    return { count, filling: 'x'.repeat(200_000) }
  }
  await using stage = await open({ status, stuckMs: 100 })
  const socket = await stuckClient(stage.server)
  const listener = await listen(stage.server)
  await until(
    'the listener alone',
    () => clientsIn(stage.registry),
    (clients) => clients === '1',
  )
  const before = snapshots(listener.text()).length
  await until('further snapshots', listener.text, (text) => snapshots(text).length > before + 2)
  socket.destroy()
})

test('a stop ends the streams at once, within the second that a stop waits for answers', async () => {
  const stage = await open({ status: () => ({}) })
  const listener = await listen(stage.server)
  const startedMs = performance.now()
  await stage[Symbol.asyncDispose]()
  await listener.ended
  assert.ok(performance.now() - startedMs < 900, 'it was cut after the second, not ended')
})

test('a stream counts as no slow request', async () => {
  await using stage = await open({ status: () => ({}) })
  const gone = new AbortController()
  await fetch(`${stage.server.url}/v1/events`, { signal: gone.signal })
  gone.abort()
  await until(
    'no client',
    () => clientsIn(stage.registry),
    (clients) => clients === '0',
  )
  assert.doesNotMatch(await stage.registry.metrics(), /http_request_duration_seconds.*v1.events/)
})

test('that something was read again is told now and then, and not each time', async () => {
  let reads = 0
  const status = () => {
    reads += 1
    return { ready: 1, collectors: [{ lastSuccessAt: reads }] }
  }
  await using stage = await open({ status, freshMs: 100, heartbeatMs: 1_000_000 })
  const listener = await listen(stage.server)
  await until('two refreshed snapshots', listener.text, (text) => snapshots(text).length === 3)
  assert.ok(reads > 10, `${reads} readings made three snapshots`)
})
