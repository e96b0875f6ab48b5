import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { errors } from '@pokepedia/errors'
import { Registry } from 'prom-client'
import { clientOf, failureOf, httpStub, type Stub, tcpStub } from './support.ts'

const limit = { maxBytes: 1_000 }

/** What a GET of the stub fails with. */
const failureAt = async (opening: Promise<Stub>, options: object = {}) => {
  await using stub = await opening
  await using upstream = clientOf([stub])
  return await failureOf(upstream.get(`${stub.origin}/pokemon/25/`, { ...limit, ...options }))
}

const tcpFaults: [string, string, (socket: Socket) => void][] = [
  ['a host that never answers', 'timeout', () => undefined],
  ['a host that resets the connection', 'reset', (socket) => socket.resetAndDestroy()],
  ['a host that hangs up', 'reset', (socket) => socket.end()],
  ['a host that speaks no HTTP', 'reset', (socket) => socket.end('SSH-2.0-OpenSSH_9\r\n\r\n')],
  [
    'a body shorter than its declared length',
    'truncated',
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a"'),
  ],
  [
    'a chunked body without its end',
    'truncated',
    (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{"a"\r\n'),
  ],
  [
    'a body that stops and waits',
    'timeout',
    (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a"'),
  ],
  [
    'a reset in the body',
    'reset',
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a"', () => {
        setTimeout(() => socket.resetAndDestroy(), 50)
      })
    },
  ],
]
for (const [what, code, fault] of tcpFaults) {
  test(`${what} is ${code}, to be tried again`, async () => {
    const error = await failureAt(tcpStub(fault))
    assert.equal(error.code, code, error.message)
    assert.equal(error.class, 'retry')
    assert.match(error.message, /GET http:\/\/127\.0\.0\.1:\d+\/pokemon\/25\//)
  })
}

test('a body that drips in time between its pieces is cut at the limit for the whole', async () => {
  const error = await failureAt(
    httpStub((_request, response) => {
      const drip = setInterval(() => response.write('x'), 20)
      response.once('close', () => clearInterval(drip))
    }),
  )
  assert.equal(error.code, 'timeout')
})

const bomb = gzipSync(Buffer.alloc(5_000_000))
const answers: [string, string, RequestListener][] = [
  [
    'a body declared over the limit',
    'body_too_large',
    (_request, response) => {
      response.writeHead(200, { 'content-length': 1_001 })
      response.write('{')
    },
  ],
  [
    'a body that grows over the limit',
    'body_too_large',
    (_request, response) => void response.write(Buffer.alloc(500), () => response.write(Buffer.alloc(501))),
  ],
  [
    'a small body that decompresses over the limit',
    'body_too_large',
    (_request, response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }).end(bomb),
  ],
  [
    'an encoding that was not asked for',
    'encoding_invalid',
    (_request, response) => void response.writeHead(200, { 'content-encoding': 'zstd' }).end('x'),
  ],
  [
    'gzip that is none',
    'encoding_invalid',
    (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('{"id":25}'),
  ],
  [
    'gzip that ends early',
    'truncated',
    (_request, response) =>
      void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"id":25}').subarray(0, 15)),
  ],
  [
    '304 to a request without a validator',
    'unexpected_304',
    (_request, response) => void response.writeHead(304).end(),
  ],
]
for (const [what, code, answer] of answers) {
  test(`${what} is ${code}`, async () => {
    assert.equal((await failureAt(httpStub(answer))).code, code)
  })
}

test('a body over the limit costs the connection and is not read on', async () => {
  let cut: Promise<unknown> | undefined
  await using stub = await httpStub((_request, response) => {
    cut = once(response, 'close')
    response.writeHead(200, { 'content-length': 1_001 }).write('{')
  })
  await using upstream = clientOf([stub])
  await failureOf(upstream.get(stub.origin, limit))
  await cut
})

const statuses: [number, string, string][] = [
  [408, 'http_408', 'retry'],
  [500, 'http_500', 'retry'],
  [503, 'http_503', 'retry'],
  [522, 'http_522', 'retry'],
  [403, 'http_403', 'dead'],
  [451, 'http_451', 'dead'],
  [204, 'http_204', 'dead'],
]
for (const [status, code, errorClass] of statuses) {
  test(`an answer ${status} is ${code} of class ${errorClass}`, async () => {
    const error = await failureAt(httpStub((_request, response) => void response.writeHead(status).end()))
    assert.deepEqual([error.code, error.class, error.httpStatus], [code, errorClass, status])
    assert.equal(error.retryAfterMs, undefined)
  })
}

test('a refusal whose body never ends is told by its status, within the limit for bodies', async () => {
  const beganMs = performance.now()
  const error = await failureAt(
    httpStub((_request, response) => void response.writeHead(503, { 'content-length': 100 }).write('{')),
  )
  assert.equal(error.code, 'http_503')
  assert.ok(performance.now() - beganMs < 2_000)
})

test('Retry-After is read in seconds and as a date; what is neither is ignored', async () => {
  const answer = (retryAfter: string) =>
    failureAt(
      httpStub((_request, response) => void response.writeHead(429, { 'retry-after': retryAfter }).end('slow down')),
    )
  assert.equal((await answer('7')).retryAfterMs, 7_000)
  const inAMinute = (await answer(new Date(Date.now() + 60_000).toUTCString())).retryAfterMs ?? 0
  assert.ok(inAMinute > 55_000 && inAMinute <= 60_000, String(inAMinute))
  assert.equal((await answer(new Date(0).toUTCString())).retryAfterMs, 0)
  assert.equal((await answer('soon')).retryAfterMs, undefined)
  assert.equal((await answer('-5')).retryAfterMs, undefined)
  assert.equal((await answer('99999999')).retryAfterMs, 86_400_000)
})

test('a host that refuses connections, or whose name nobody knows, is unavailable: a pause, not an attempt', async () => {
  const stub = await httpStub(() => undefined)
  await stub[Symbol.asyncDispose]()
  await using upstream = clientOf([stub, { host: 'nowhere.invalid' }])
  for (const url of [stub.origin, 'http://nowhere.invalid/']) {
    const error = await failureOf(upstream.get(url, limit))
    assert.deepEqual([error.code, error.class], ['upstream_unavailable', 'pause'], error.message)
  }
})

test('a host that does not speak TLS is unavailable, or resets: never dead', async () => {
  await using stub = await httpStub((_request, response) => void response.end())
  await using upstream = clientOf([stub])
  const error = await failureOf(upstream.get(stub.origin.replace('http:', 'https:'), limit))
  assert.equal(error.code, 'upstream_unavailable')
})

test('a caller who gives up gets the reason, or deadline', async () => {
  await using stub = await httpStub(() => undefined)
  await using upstream = clientOf([stub], { headersTimeoutMs: 10_000 })
  const late = await failureOf(upstream.get(stub.origin, { ...limit, signal: AbortSignal.timeout(50) }))
  assert.deepEqual([late.code, late.class], ['deadline', 'retry'])
  const reason = errors('kafka_unavailable', 'the partition was lost')
  const aborting = new AbortController()
  const asked = failureOf(upstream.get(stub.origin, { ...limit, signal: aborting.signal }))
  aborting.abort(reason)
  assert.equal(await asked, reason)
  assert.equal(await failureOf(upstream.get(stub.origin, { ...limit, signal: aborting.signal })), reason)
})

test('after a fault the next request to the same host succeeds', async () => {
  let requests = 0
  await using stub = await httpStub((_request, response) => {
    requests += 1
    if (requests === 1) response.destroy()
    else response.end('{}')
  })
  await using upstream = clientOf([stub])
  assert.equal((await failureOf(upstream.get(stub.origin, limit))).code, 'reset')
  assert.equal((await upstream.get(stub.origin, limit)).status, 'ok')
})

test('requests are counted by host with the status or the code of what happened', async () => {
  await using stub = await httpStub((request, response) => {
    if (request.url === '/hang') return
    response.writeHead(request.url === '/gone' ? 404 : 200).end('{}')
  })
  const registry = new Registry()
  await using upstream = clientOf([stub], { registry })
  await upstream.get(`${stub.origin}/ok`, limit)
  await upstream.get(`${stub.origin}/gone`, limit)
  await failureOf(upstream.get(`${stub.origin}/hang`, limit))
  const text = await registry.metrics()
  for (const status of ['200', '404', 'timeout'])
    assert.ok(text.includes(`pokepedia_upstream_requests_total{host="${stub.host}",status="${status}"} 1`), text)
  assert.ok(text.includes(`pokepedia_upstream_received_bytes_total{host="${stub.host}"} 2`), text)
  assert.ok(text.includes(`pokepedia_upstream_request_duration_seconds_count{host="${stub.host}"} 3`), text)
})
