import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { test } from 'node:test'
import { errors } from '@pokepedia/errors'
import { clientOf, failureOf, httpStub, run, tcpStub } from './support.ts'

/** As the breakers give it, but shorter. */
const soon = (): AbortSignal => {
  const limit = new AbortController()
  setTimeout(() => limit.abort(errors('timeout', 'no answer')), 500).unref()
  return limit.signal
}

test('a host that is killed, resets, hangs up, hangs or answers 5xx or 429 alone is away', async () => {
  const faults = [
    tcpStub((socket) => socket.resetAndDestroy()),
    tcpStub((socket) => socket.end()),
    tcpStub(() => undefined),
    httpStub((_, response) => response.writeHead(503).end()),
    httpStub((_, response) => response.writeHead(429, { 'retry-after': '30' }).end()),
  ]
  for (const opening of faults) {
    await using stub = await opening
    await using upstream = clientOf([stub], { root: `${stub.origin}/api/v2/` })
    assert.match((await failureOf(upstream.probe(soon()))).code, /^(reset|timeout|deadline|http_503|http_429)$/)
  }
  const gone = await httpStub(() => undefined)
  await gone[Symbol.asyncDispose]()
  await using upstream = clientOf([gone], { root: gone.origin })
  assert.equal((await failureOf(upstream.probe(soon()))).code, 'upstream_unavailable')
})

test('a host that is frozen is away, and is back when it is thawed', async () => {
  const program = `
    import { createServer } from 'node:http'
    const server = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1', () => console.log(server.address().port))
    setTimeout(() => process.exit(), 20_000)
  `
  let upstream: ReturnType<typeof clientOf> | undefined
  const ended = run(program, {}, async (child) => {
    const [line]: unknown[] = await once(child.stdout ?? child, 'data')
    const port = Number(String(line))
    upstream = clientOf([{ host: `127.0.0.1:${port}` }], { root: `http://127.0.0.1:${port}/` })
    try {
      await upstream.probe(soon())
      child.kill('SIGSTOP')
      await assert.rejects(upstream.probe(soon()))
      child.kill('SIGCONT')
      await upstream.probe(soon())
    } finally {
      child.kill('SIGKILL')
    }
  })
  await ended
  await upstream?.[Symbol.asyncDispose]()
})

test('a host that answers is there, whatever else it says below 500, and also when one answer in ten is a 503', async () => {
  let asked = 0
  const answers: RequestListener[] = [
    (_, response) => response.end('{}'),
    (_, response) => response.writeHead(404).end('no'),
    (_, response) => response.writeHead(301, { location: 'http://127.0.0.2/' }).end(),
    (_, response) => {
      asked += 1
      response.writeHead(asked % 10 === 0 ? 503 : 200).end()
    },
  ]
  for (const answer of answers) {
    await using stub = await httpStub(answer)
    await using upstream = clientOf([stub], { root: stub.origin })
    for (let i = 0; i < 20; i += 1) await upstream.probe(soon())
  }
})

test('a probe does not wait behind requests that hang', async () => {
  await using stub = await httpStub((request, response) => request.url === '/' && response.end('{}'))
  await using upstream = clientOf([stub], { root: stub.origin, headersTimeoutMs: 2_000 })
  const hanging = Array.from({ length: 10 }, (_, i) => upstream.get(`${stub.origin}/${i}`, { maxBytes: 100 }))
  await upstream.probe(soon())
  await Promise.allSettled(hanging)
})

test('the host whose request failed is the one that is asked, until it answers', async () => {
  const paths: string[] = []
  await using api = await httpStub((request, response) => {
    paths.push(`api ${request.url}`)
    response.end('{}')
  })
  let isUp = false
  const media = createServer((request, response) => {
    paths.push(`media ${request.url}`)
    if (isUp) response.end('{}')
    else response.writeHead(502).end()
  }).listen(0, '127.0.0.1')
  await once(media, 'listening')
  const address = media.address()
  const host = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  await using upstream = clientOf([api, { host }], { root: `${api.origin}/api/v2/` })

  assert.equal((await failureOf(upstream.get(`http://${host}/1.png`, { maxBytes: 100 }))).code, 'http_502')
  assert.equal((await failureOf(upstream.probe(soon()))).code, 'http_502')
  await upstream.get(`${api.origin}/pokemon/25/`, { maxBytes: 100 })
  await assert.rejects(upstream.probe(soon()), 'an answer of another host says nothing')
  isUp = true
  await upstream.probe(soon())
  paths.length = 0
  await upstream.probe(soon())
  assert.deepEqual(paths, ['api /api/v2/'])
  media.closeAllConnections()
  media.close()
})
