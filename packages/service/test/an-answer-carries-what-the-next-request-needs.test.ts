import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { jsonObjectOf } from '../src/index.ts'
import { clientOf, httpStub } from './support.ts'

const limit = { maxBytes: 1_000_000 }
const document = '{"id":25,"name":"pikachu"}'

test('a document comes with its validators, content type, URL and the time of the request', async () => {
  await using stub = await httpStub((request, response) => {
    assert.equal(request.headers['user-agent'], 'test/1 (contact: none)')
    assert.equal(request.headers['accept-encoding'], 'gzip, br')
    assert.equal(request.headers.accept, 'application/json')
    const headers = {
      etag: '"a"',
      'last-modified': 'Tue, 01 Jul 2025 00:00:00 GMT',
      'content-type': 'application/json',
    }
    response.writeHead(200, headers).end(document)
  })
  await using upstream = clientOf([stub])
  const before = Date.now()
  const answer = await upstream.get(`${stub.origin}/pokemon/25/?a=b`, { ...limit, accept: 'application/json' })
  assert.ok(answer.status === 'ok')
  assert.ok(answer.startedAt.getTime() >= before && answer.startedAt.getTime() <= Date.now())
  const { body, startedAt: _, ...rest } = answer
  assert.equal(body.toString(), document)
  assert.deepEqual(rest, {
    status: 'ok',
    etag: '"a"',
    lastModified: 'Tue, 01 Jul 2025 00:00:00 GMT',
    contentType: 'application/json',
    url: `${stub.origin}/pokemon/25/?a=b`,
  })
  assert.deepEqual(jsonObjectOf(answer), { text: document, value: { id: 25, name: 'pikachu' } })
})

test('an entity tag that could not be sent back is left out', async () => {
  await using stub = await httpStub((_request, response) => void response.writeHead(200, { etag: '"\xe9"' }).end('{}'))
  await using upstream = clientOf([stub])
  const answer = await upstream.get(stub.origin, limit)
  assert.ok(answer.status === 'ok' && answer.etag === null)
})

test('compressed bodies are decompressed', async () => {
  await using stub = await httpStub((request, response) => {
    const gzip = request.url === '/gzip'
    response
      .writeHead(200, { 'content-encoding': gzip ? 'gzip' : 'br' })
      .end(gzip ? gzipSync(document) : brotliCompressSync(document))
  })
  await using upstream = clientOf([stub])
  for (const path of ['/gzip', '/br']) {
    const answer = await upstream.get(stub.origin + path, limit)
    assert.equal(answer.status === 'ok' && answer.body.toString(), document)
  }
})

test('a validator that still holds gives not-modified; a missing document is gone', async () => {
  await using stub = await httpStub((request, response) => {
    if (request.url === '/410') response.writeHead(410).end('gone')
    else if (request.headers['if-none-match'] === 'W/"a"') response.writeHead(304).end()
    else response.writeHead(404).end('<html>not found</html>')
  })
  await using upstream = clientOf([stub])
  assert.equal((await upstream.get(stub.origin, { ...limit, ifNoneMatch: 'W/"a"' })).status, 'not-modified')
  const gone = await upstream.get(stub.origin, limit)
  assert.ok(gone.status === 'gone' && gone.httpStatus === 404)
  const gone410 = await upstream.get(`${stub.origin}/410`, limit)
  assert.ok(gone410.status === 'gone' && gone410.httpStatus === 410)
})

test('a request that waited for a connection started when it was sent, not when it was asked for', async () => {
  const HELD_MS = 150
  await using stub = await httpStub((_request, response) => void setTimeout(() => response.end('{}'), HELD_MS))
  await using upstream = clientOf([stub], { connectionsPerHost: 1 })
  const [first, second] = await Promise.all([upstream.get(stub.origin, limit), upstream.get(stub.origin, limit)])
  const apartMs = second.startedAt.getTime() - first.startedAt.getTime()
  assert.ok(apartMs >= HELD_MS - 20, `${apartMs} ms apart`)
})

test('connections are kept: refusals, redirects and missing documents cost none', async () => {
  const ports = new Set<number | undefined>()
  await using stub = await httpStub((request, response) => {
    ports.add(request.socket.remotePort)
    if (request.url === '/moved') response.writeHead(302, { location: '/ok' }).end('moved')
    else response.writeHead(request.url === '/gone' ? 404 : request.url === '/busy' ? 503 : 200).end('{}')
  })
  await using upstream = clientOf([stub], { connectionsPerHost: 1 })
  for (const path of ['/ok', '/gone', '/busy', '/moved', '/ok'])
    await upstream.get(stub.origin + path, limit).catch(() => undefined)
  assert.equal(ports.size, 1)
})
