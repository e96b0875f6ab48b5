import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { z } from 'zod'
import { countOf, freshDatabase, freshUpstream, startSeeder, TOKEN } from './support.ts'

const database = await freshDatabase()
const upstream = await freshUpstream()
const seeder = await startSeeder(database.url, upstream.url)
const runs = () => countOf(database.store, 'pokepedia_runs')

interface Bad {
  readonly what: string
  readonly body?: string | undefined
  readonly headers?: Record<string, string>
  readonly status: number
  readonly code: string
  readonly says?: RegExp
}

const invalid = { status: 400, code: 'request_invalid' }
const unknown = { status: 404, code: 'type_unknown' }
const json = (value: unknown): string => JSON.stringify(value)

const bad: readonly Bad[] = [
  { what: 'no JSON', body: '{"types": [', status: 400, code: 'json_invalid' },
  { what: 'an array', body: '[]', ...invalid },
  { what: 'a string', body: '"pokemon"', status: 400, code: 'json_invalid' },
  { what: 'null', body: 'null', status: 400, code: 'json_invalid' },
  {
    what: 'form data',
    body: 'types=pokemon',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
    code: 'content_type_unsupported',
  },
  {
    what: 'plain text',
    body: '{}',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 'content_type_unsupported',
  },
  { what: 'types as a string', body: json({ types: 'pokemon' }), ...invalid, says: /^the body: types: / },
  { what: 'no types', body: json({ types: [] }), ...invalid },
  { what: 'types of numbers', body: json({ types: [25] }), ...invalid, says: /types\.0/ },
  { what: '101 types', body: json({ types: Array.from({ length: 101 }, (_, i) => `t${i}`) }), ...invalid },
  { what: '10,000 types', body: json({ types: Array(10_000).fill('a') }), ...invalid },
  {
    what: 'an unknown type',
    body: json({ types: ['berry', 'digimon'] }),
    ...unknown,
    says: /"digimon"; it has .*\bberry\b/,
  },
  { what: 'a type __proto__', body: json({ types: ['__proto__'] }), ...unknown },
  { what: 'a type constructor', body: json({ types: ['constructor'] }), ...unknown },
  { what: 'path traversal', body: json({ types: ['../../../etc/passwd'] }), ...unknown },
  { what: 'unicode', body: json({ types: ['ポケモン\u0000'] }), ...unknown },
  { what: 'a type in capitals', body: json({ types: ['Pokemon'] }), ...unknown },
  { what: 'a type of 1,000 characters', body: json({ types: ['x'.repeat(1_000)] }), ...invalid },
  { what: 'no paths', body: json({ paths: [] }), ...invalid },
  {
    what: 'a path without an id',
    body: json({ paths: ['pokemon/25', 'pokemon'] }),
    ...invalid,
    says: /paths\.1: "pokemon" is no resource path/,
  },
  { what: 'a path with traversal', body: json({ paths: ['pokemon/../25'] }), ...invalid },
  { what: 'a URL as a path', body: json({ paths: ['http://127.0.0.1/pokemon/25/'] }), ...invalid },
  { what: '1,500 wrong paths', body: json({ paths: Array(1_500).fill('x') }), ...invalid, says: /and 1495 more$/ },
  { what: '2,001 paths', body: json({ paths: Array(2_001).fill('a/1') }), ...invalid, says: /2000/ },
  { what: 'limit −1', body: json({ limit: -1 }), ...invalid },
  { what: 'limit 0', body: json({ limit: 0 }), ...invalid },
  { what: 'limit 1.5', body: json({ limit: 1.5 }), ...invalid },
  { what: 'limit 1e309', body: '{"limit": 1e309}', ...invalid },
  { what: 'limit as a string', body: json({ limit: '10' }), ...invalid },
  { what: 'limit null', body: json({ limit: null }), ...invalid },
  { what: 'force as a string', body: json({ force: 'yes' }), ...invalid },
  { what: 'a field that does not exist', body: json({ type: ['pokemon'] }), ...invalid, says: /"type"/ },
  { what: 'a field __proto__', body: '{"__proto__": {"limit": 1}}', ...invalid },
  { what: 'a body of 2 MB', body: json({ types: ['x'.repeat(2_000_000)] }), status: 413, code: 'body_too_large' },
  { what: 'a key with spaces', headers: { 'idempotency-key': 'a b' }, ...invalid, says: /^Idempotency-Key: / },
  { what: 'a key of 201 characters', headers: { 'idempotency-key': 'k'.repeat(201) }, ...invalid },
  { what: 'no token', headers: { authorization: '' }, status: 401, code: 'unauthorized' },
  {
    what: 'another token',
    headers: { authorization: 'Bearer another-token-of-this-length' },
    status: 401,
    code: 'unauthorized',
  },
  {
    what: 'a token of 8,000 characters',
    headers: { authorization: `Bearer ${'t'.repeat(8_000)}` },
    status: 401,
    code: 'unauthorized',
  },
]

const problemSchema = z.object({ status: z.number(), code: z.string(), detail: z.string(), requestId: z.string() })

for (const { what, body, headers, status, code, says } of bad)
  test(`${what}: ${status} ${code}`, async () => {
    const response = await fetch(`${seeder.url}/v1/seed`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    assert.equal(response.status, status, text)
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/)
    const problem = problemSchema.parse(JSON.parse(text))
    assert.deepEqual([problem.status, problem.code], [status, code])
    if (says) assert.match(problem.detail, says)
    assert.ok(text.length < 4_000, `an answer of ${text.length} characters`)
    assert.equal(await runs(), 0)
  })

test('a wrong method, path, run id or limit is told as a problem', async () => {
  const expected: [string, string, number][] = [
    ['GET', '/v1/seed', 405],
    ['POST', '/v1/runs', 405],
    ['GET', '/v1/seeds', 404],
    ['GET', '/v1/runs/25', 400],
    ['GET', '/v1/runs/01890000-0000-7000-8000-000000000000', 404],
    ['GET', '/v1/runs?limit=0', 400],
    ['GET', '/v1/runs?limit=-1', 400],
    ['GET', '/v1/runs?limit=1&limit=2', 400],
  ]
  for (const [method, path, status] of expected) {
    const headers = { authorization: `Bearer ${TOKEN}` }
    const response = await fetch(`${seeder.url}${path}`, { method, headers })
    assert.equal(response.status, status, `${method} ${path}`)
    assert.equal(problemSchema.parse(await response.json()).status, status)
  }
})

test('a slow body, HTTP/1.0 and a flood of refusals leave the seeder at work', async () => {
  const { hostname, port } = new URL(seeder.url)
  const slow = connect(Number(port), hostname)
  slow.write('POST /v1/seed HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n')
  slow.write(`authorization: Bearer ${TOKEN}\r\n\r\n{"li`)
  const flood = await Promise.all(Array.from({ length: 500 }, () => seeder.seed({ limit: -1 })))
  assert.ok(flood.every((response) => response.status === 400))

  const old = connect(Number(port), hostname)
  old.write(`POST /v1/seed HTTP/1.0\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`)
  const [answer] = await Promise.all([
    new Promise<string>((resolve) => old.once('data', (bytes) => resolve(`${bytes}`))),
  ])
  assert.match(answer, /^HTTP\/1\.1 202 /)
  assert.equal(await runs(), 1)
  slow.destroy()
})

/** What stands on a connection's other end after these bytes, up to a text or the end. */
const exchange = async (sent: string, last = /$^/): Promise<string> => {
  const { hostname, port } = new URL(seeder.url)
  const socket = connect(Number(port), hostname)
  socket.write(sent)
  let answer = ''
  for await (const piece of socket) {
    answer += String(piece)
    if (last.test(answer)) break
  }
  return answer
}

const close = 'connection: close\r\n'
const authorized = `host: x\r\nauthorization: Bearer ${TOKEN}\r\n`
const raw: readonly (readonly [string, string, RegExp])[] = [
  [
    'a token of 20 kB',
    `POST /v1/seed HTTP/1.1\r\nhost: x\r\nauthorization: ${'t'.repeat(20_000)}\r\n\r\n`,
    /^HTTP\/1\.1 431 /,
  ],
  ['what is no HTTP', 'SSH-2.0-OpenSSH_9\r\n\r\n', /^HTTP\/1\.1 400 /],
  [
    'HTTP/1.1 without a host',
    `POST /v1/seed HTTP/1.1\r\nauthorization: Bearer ${TOKEN}\r\n${close}\r\n`,
    /^HTTP\/1\.1 400 /,
  ],
  [
    'two lengths',
    `POST /v1/seed HTTP/1.1\r\n${authorized}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
    /^HTTP\/1\.1 400 /,
  ],
  [
    'a length and pieces',
    `POST /v1/seed HTTP/1.1\r\n${authorized}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    /^HTTP\/1\.1 400 /,
  ],
  ['a bare line feed in a header', `GET /v1/runs HTTP/1.1\r\n${authorized}a: b\nc: d\r\n\r\n`, /^HTTP\/1\.1 400 /],
  [
    'line breaks in the path, which are no header of the answer',
    `GET /v1/runs/%0d%0aset-cookie:%20a=b HTTP/1.1\r\n${authorized}${close}\r\n`,
    /^HTTP\/1\.1 400 (?!.*\r\nset-cookie).*"code":"request_invalid"/is,
  ],
  [
    'line breaks in a request id, which are no header of the answer',
    `GET /v1/seeds HTTP/1.1\r\n${authorized}x-request-id: a%0d%0aset-cookie: b\r\n${close}\r\n`,
    /^HTTP\/1\.1 404 (?!.*\r\nset-cookie).*"code":"not_found"/is,
  ],
]
for (const [what, sent, expected] of raw)
  test(`${what}: ${/\d{3} /.exec(expected.source)?.[0]}`, async () => {
    const before = await runs()
    assert.match(await exchange(sent), expected)
    assert.equal(await runs(), before)
  })

test('requests one behind the other on a connection are answered each in its turn', async () => {
  const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\n${authorized}${more}\r\n`
  const paths = Array.from({ length: 50 }, (_, i) => get(`/v1/none/${i}/`)).join('')
  const answer = await exchange(`${paths}${get('/livez', close)}`)
  const answered = [...answer.matchAll(/there is no \/v1\/none\/(\d+)\/ here/g)].map(([, i]) => Number(i))
  assert.deepEqual(
    answered,
    Array.from({ length: 50 }, (_, i) => i),
  )
  assert.match(answer, /HTTP\/1\.1 200 OK[^{]*\{"ok":true\}$/)
})

test('1,000 seeds at once under one key are one run, and the seeder is well', async () => {
  const before = await runs()
  const headers = { 'idempotency-key': 'a-thousand' }
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => seeder.seed({ paths: ['berry/1'] }, headers)))
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [202])
  assert.equal(new Set(answers.map((answer) => answer.headers.get('location'))).size, 1)
  assert.equal(await runs(), before + 1)
  assert.equal((await seeder.get('/livez')).status, 200)
})

test('a dry run counts by type and makes no run', async () => {
  const before = await runs()
  const response = await seeder.seed({ types: ['pokemon'], dryRun: true })
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), { requested: 24, byType: { pokemon: 24 } })
  assert.equal(await runs(), before)
})

test('what the lists name is told by type, and makes no run', async () => {
  const before = await runs()
  const discover = (body: object) =>
    fetch(`${seeder.url}/v1/discover`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      body: json(body),
    })
  const found = z
    .object({ types: z.record(z.string(), z.array(z.string())) })
    .parse(await (await discover({ types: ['pokemon', 'type'] })).json())
  assert.deepEqual(Object.keys(found.types).sort(), ['pokemon', 'type'])
  assert.equal(found.types['pokemon']?.length, 24)
  assert.ok(found.types['pokemon']?.includes('pokemon/1/encounters'))
  for (const [body, status] of [
    [{ types: ['digimon'] }, 404],
    [{ types: [] }, 400],
    [{ paths: ['berry/1'] }, 400],
  ] as const)
    assert.equal((await discover(body)).status, status, json(body))
  assert.equal(await runs(), before)
})

test('the document at /openapi.json describes every route, and the metrics count the refusals', async () => {
  const { paths } = z
    .object({ paths: z.record(z.string(), z.unknown()) })
    .parse(await (await seeder.get('/openapi.json')).json())
  assert.deepEqual(Object.keys(paths), [
    '/v1/seed',
    '/v1/discover',
    '/v1/runs',
    '/v1/runs/{id}',
    '/v1/runs/{id}/cancel',
    '/v1/schedules',
    '/v1/schedules/{name}',
    '/v1/schedules/{name}/run',
  ])
  const metrics = await (await seeder.get('/metrics')).text()
  const [, refused] = /pokepedia_seed_requests_total\{trigger="http",result="refused"\} (\d+)/.exec(metrics) ?? []
  assert.ok(Number(refused) >= 500, metrics)
})
