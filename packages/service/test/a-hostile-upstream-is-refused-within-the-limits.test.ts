import assert from 'node:assert/strict'
import dns from 'node:dns'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import type { LookupFunction } from 'node:net'
import { afterEach, test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { z } from 'zod'
import { clientOf, failureOf, httpStub, run, type Stub, tcpStub } from './support.ts'

const MIB = 1024 * 1024
const limit = { maxBytes: 1_000 }

// Addresses and redirects.

const realLookup = dns.lookup
afterEach(() => {
  dns.lookup = realLookup
  syncBuiltinESMExports()
})

/** From now on a name has each of these addresses in turn, and goes on with the last one. Tells how often it was asked. */
const resolveInTurn = (addresses: readonly string[]): (() => number) => {
  let asked = 0
  const lookup: LookupFunction = (_name, options, done) => {
    const address = addresses[Math.min(asked, addresses.length - 1)] ?? ''
    asked += 1
    if (options.all) done(null, [{ address, family: 4 }])
    else done(null, address, 4)
  }
  Object.assign(dns, { lookup })
  syncBuiltinESMExports()
  return () => asked
}

/** Counts what reaches it, which should be nothing. */
const trap = async (): Promise<Stub & { asked: () => number }> => {
  let asked = 0
  const stub = await httpStub((_request, response) => {
    asked += 1
    response.end('{"secret":true}')
  })
  return { ...stub, asked: () => asked }
}

test('a redirect to an address of the own network is refused, though its server is there', async () => {
  await using secret = await trap()
  const forms = [
    '127.0.0.1',
    '[::ffff:127.0.0.1]',
    '2130706433',
    '0x7f.1',
    '127.1',
    '0.0.0.0',
    'localhost.',
    '127.0.0.1.nip.io',
  ]
  const targets = [...forms.map((host) => `http://${host}:${secret.port}/`), `//127.0.0.1:${secret.port}/`]
  const metadata = [
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://metadata.google.internal/',
  ]
  for (const location of [...targets, ...metadata]) {
    await using stub = await httpStub((_request, response) => void response.writeHead(302, { location }).end())
    // By its name alone, so that the address is a host that is not allowed.
    await using upstream = clientOf([{ host: `localhost:${stub.port}` }])
    const error = await failureOf(upstream.get(`http://localhost:${stub.port}/`, limit))
    assert.deepEqual([error.code, error.class], ['redirect_refused', 'dead'], location)
  }
  assert.equal(secret.asked(), 0)
})

test('an allowed host whose name points to a metadata address is refused, straight and behind a redirect', async () => {
  await using stub = await httpStub(
    (_request, response) => void response.writeHead(302, { location: 'http://rebound.test/latest/meta-data/' }).end(),
  )
  resolveInTurn(['169.254.169.254'])
  await using upstream = clientOf([stub, { host: 'rebound.test' }])
  for (const url of ['http://rebound.test/latest/meta-data/', stub.origin]) {
    const error = await failureOf(upstream.get(url, limit))
    assert.deepEqual([error.code, error.class], ['host_refused', 'dead'], url)
  }
})

test('a name that changes between check and use leads to the address that was checked', async () => {
  await using secret = await trap()
  // A public address for documentation (RFC 5737), which no one answers at; then our own.
  const asked = resolveInTurn(['192.0.2.1', '127.0.0.1'])
  await using upstream = clientOf([{ host: `rebinding.test:${secret.port}` }], { connectTimeoutMs: 300 })
  const url = `http://rebinding.test:${secret.port}/`
  assert.equal((await failureOf(upstream.get(url, limit))).code, 'upstream_unavailable')
  assert.equal(asked(), 1, 'it is looked up once, by the check itself')
  assert.equal((await failureOf(upstream.get(url, limit))).code, 'host_refused')
  assert.equal((await failureOf(upstream.get(url, limit))).code, 'host_refused')
  assert.equal(secret.asked(), 0)
})

test('of several addresses one that is private is enough to refuse the name', async () => {
  await using secret = await trap()
  const lookup: LookupFunction = (_name, _options, done) =>
    done(null, [
      { address: '192.0.2.1', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ])
  Object.assign(dns, { lookup })
  syncBuiltinESMExports()
  await using upstream = clientOf([{ host: `both.test:${secret.port}` }], { connectTimeoutMs: 300 })
  assert.equal((await failureOf(upstream.get(`http://both.test:${secret.port}/`, limit))).code, 'host_refused')
  assert.equal(secret.asked(), 0)
})

test('more than three redirects are refused after the third, and so is a loop', async () => {
  let asked = 0
  await using stub = await httpStub((_request, response) => {
    asked += 1
    response.writeHead(301, { location: '/' }).end()
  })
  await using upstream = clientOf([stub])
  assert.equal((await failureOf(upstream.get(stub.origin, limit))).code, 'redirect_refused')
  assert.equal(asked, 4)
})

// Time.

test('ten bytes a second, of the body or of the headers, are cut at the limit for them', async () => {
  for (const begin of ['HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 200 OK\r\n', '']) {
    let cut: Promise<unknown> | undefined
    await using stub = await tcpStub((socket) => {
      socket.write(begin)
      const drip = setInterval(() => socket.write('x'), 100)
      cut = once(socket, 'close').finally(() => clearInterval(drip))
    })
    await using upstream = clientOf([stub])
    const error = await failureOf(upstream.get(stub.origin, limit))
    // Without a status line the first bytes are no HTTP.
    assert.equal(error.code, begin === '' ? 'reset' : 'timeout', `${JSON.stringify(begin)}: ${error.message}`)
    await cut
  }
})

// Size. Each in a process of its own, whose memory is nothing but the client's.

const GIB = 1024 * MIB
const MAX_BYTES = 4 * MIB
const REQUESTS = 8
/** Far over what a few bodies of the limit leave before they are collected, far below the gibibyte of each answer. */
const FLAT_BYTES = 128 * MIB

/** Writes as long as someone reads, a gibibyte at most; tells how much was taken. */
const pour = (
  response: NodeJS.WritableStream & { destroyed?: boolean },
  piece: Buffer,
  taken: (bytes: number) => void,
): void => {
  let sent = 0
  const more = (): void => {
    while (sent < GIB && response.destroyed !== true) {
      sent += piece.length
      taken(piece.length)
      if (!response.write(piece)) return void response.once('drain', more)
    }
    response.end()
  }
  more()
}

const blanks = Buffer.alloc(64 * 1024, ' ')
const zeros = Buffer.alloc(16 * MIB)
const headers: Readonly<Record<string, Record<string, string>>> = {
  'a body of 1 GB that says so': { 'content-length': String(GIB) },
  'a body of 1 GB in pieces, its length unsaid': {},
  'a gzip bomb of 16 GB': { 'content-encoding': 'gzip' },
  'a brotli bomb': { 'content-encoding': 'br' },
}
const pieces: Readonly<Record<string, Buffer>> = {
  // One member behind the other is one file (RFC 1952, section 2.2).
  'a gzip bomb of 16 GB': gzipSync(zeros),
  'a brotli bomb': brotliCompressSync(zeros),
}

const measured = z.object({ codes: z.array(z.string()), grownBytes: z.number() })

/** What a client makes of each request in turn, and what its peak of memory grew by. */
const memoryOf = async (origin: string) => {
  const program = `
    const { createLog } = service
    const { openUpstream } = await import(${JSON.stringify(new URL('../src/upstream/upstream.js', import.meta.url).href)})
    const upstream = openUpstream({
      allowedHosts: [new URL(process.env.ORIGIN).host], connectTimeoutMs: 5000, headersTimeoutMs: 20000,
      bodyTimeoutMs: 60000, connectionsPerHost: 1, userAgent: 'test/1',
    }, createLog('test', 'silent'))
    const get = (path) => upstream.get(process.env.ORIGIN + path, { maxBytes: ${MAX_BYTES} })
      .then((answer) => answer.status + ' ' + answer.body.length, (error) => error.code)
    await get('/small')
    const before = process.resourceUsage().maxRSS
    const codes = []
    for (let i = 0; i < ${REQUESTS}; i += 1) codes.push(await get('/large'))
    console.log(JSON.stringify({ codes, grownBytes: (process.resourceUsage().maxRSS - before) * 1024 }))
    process.exit()`
  const { stdout, stderr } = await run(program, { ORIGIN: origin })
  assert.equal(stderr, '')
  return measured.parse(JSON.parse(stdout))
}

const large =
  (answer: RequestListener): RequestListener =>
  (request, response) =>
    request.url === '/small' ? response.end('{}') : answer(request, response)

for (const [what, head] of Object.entries(headers))
  test(`${what} is body_too_large, and memory stays flat`, async (t) => {
    let taken = 0
    await using stub = await httpStub(
      large((_request, response) => {
        response.writeHead(200, head)
        pour(response, pieces[what] ?? blanks, (bytes) => {
          taken += bytes
        })
      }),
    )
    const { codes, grownBytes } = await memoryOf(stub.origin)
    t.diagnostic(`memory grew by ${Math.round(grownBytes / MIB)} MiB; ${Math.round(taken / MIB)} MiB were sent`)
    assert.deepEqual(codes, Array(REQUESTS).fill('body_too_large'))
    assert.ok(grownBytes < FLAT_BYTES, `memory grew by ${grownBytes} bytes`)
    // What the limit lets in, and what stands in the buffers of sockets.
    assert.ok(taken < REQUESTS * (MAX_BYTES + 16 * MIB), `${taken} bytes were taken`)
  })

test('a length of 100 with a gigabyte behind it is a body of 100; the rest is no answer to anything', async (t) => {
  let taken = 0
  await using stub = await tcpStub((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n')
    pour(socket, blanks, (bytes) => {
      taken += bytes
    })
  })
  await using upstream = clientOf([stub])
  const answer = await upstream.get(stub.origin, limit)
  assert.equal(answer.status === 'ok' && answer.body.length, 100)
  const again = await upstream.get(stub.origin, limit)
  assert.equal(again.status === 'ok' && again.body.length, 100, 'the next request begins with its own answer')
  t.diagnostic(`${Math.round(taken / MIB)} MiB were sent`)
  assert.ok(taken < 64 * MIB, `${taken} bytes were taken`)
})

test('a length of 1 GB with nothing behind it is refused before a byte is read', async () => {
  await using stub = await tcpStub((socket) => void socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${GIB}\r\n\r\n`))
  await using upstream = clientOf([stub])
  assert.equal((await failureOf(upstream.get(stub.origin, limit))).code, 'body_too_large')
})

test('headers without an end are cut', async () => {
  let taken = 0
  await using stub = await tcpStub((socket) => {
    socket.write('HTTP/1.1 200 OK\r\n')
    pour(socket, Buffer.from(`x-more: ${'y'.repeat(8_000)}\r\n`.repeat(8)), (bytes) => {
      taken += bytes
    })
  })
  await using upstream = clientOf([stub])
  assert.equal((await failureOf(upstream.get(stub.origin, limit))).code, 'reset')
  assert.ok(taken < 16 * MIB, `${taken} bytes were taken`)
})
