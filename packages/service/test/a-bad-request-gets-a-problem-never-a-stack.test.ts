import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { errors } from '@pokepedia/errors'
import { Router } from 'express'
import { createApp } from '../src/http/http.ts'
import { createRegistry, problem, type RunningServer, serve } from '../src/index.ts'
import { log } from './support.ts'

const token = 'a-token-of-20-letters'

const routes = (): Router =>
  Router()
    .post('/v1/seed', (request, response) => void response.status(202).json({ got: request.body ?? null }))
    .get('/v1/runs/:id', (request, response) => void response.json({ id: request.params.id }))
    .get('/throws/defect', () => {
      throw new TypeError('SELECT secret FROM stack')
    })
    .get('/throws/pause', async () => {
      throw errors('pg_unavailable', 'connect ECONNREFUSED postgres://user:pw@db')
    })
    .get('/throws/dead', () => {
      throw errors('type_unknown', 'pokemons is no resource type')
    })
    .get('/throws/problem', () => {
      throw problem(409, 'key_reused', 'another body came with this key', { runId: '7' })
    })
    .get('/throws/late', (_request, response) => {
      response.write('begun')
      throw new Error('too late to tell')
    })

const open = async (): Promise<RunningServer & { app: Parameters<typeof serve>[0] }> => {
  const app = createApp({
    log,
    checks: [],
    registry: createRegistry('test', { version: '1.2.3', revision: 'none' }),
    routes: routes(),
    token,
  })
  return { ...(await serve(app, { host: '127.0.0.1', port: 0 })), app }
}

const authorization = `Bearer ${token}`
const json = { 'content-type': 'application/json', authorization }
const seed = (headers: Record<string, string>, body: string) => ({
  path: '/v1/seed',
  init: { method: 'POST', headers, body },
})

const requests: Record<string, { path: string; init?: RequestInit; status: number; code: string; detail: RegExp }> = {
  'malformed JSON': { ...seed(json, '{"types":'), status: 400, code: 'json_invalid', detail: /no JSON/ },
  'a scalar body': { ...seed(json, '"types"'), status: 400, code: 'json_invalid', detail: /no JSON/ },
  'a body of 2 MB': {
    ...seed(json, JSON.stringify('x'.repeat(2e6))),
    status: 413,
    code: 'body_too_large',
    detail: /64 KiB/,
  },
  'another content type': {
    ...seed({ ...json, 'content-type': 'text/plain' }, '{}'),
    status: 415,
    code: 'content_type_unsupported',
    detail: /application\/json/,
  },
  'a compressed body': {
    ...seed({ ...json, 'content-encoding': 'gzip' }, '{}'),
    status: 415,
    code: 'content_type_unsupported',
    detail: /content/i,
  },
  'no token': {
    ...seed({ 'content-type': 'application/json' }, '{}'),
    status: 401,
    code: 'unauthorized',
    detail: /send the header/,
  },
  'another token': {
    ...seed({ ...json, authorization: 'Bearer another' }, '{}'),
    status: 401,
    code: 'unauthorized',
    detail: /not API_TOKEN/,
  },
  'an oversized token': {
    ...seed({ ...json, authorization: `Bearer ${'a'.repeat(8_000)}` }, '{}'),
    status: 401,
    code: 'unauthorized',
    detail: /not API_TOKEN/,
  },
  'another scheme': {
    ...seed({ ...json, authorization: `Basic ${token}` }, '{}'),
    status: 401,
    code: 'unauthorized',
    detail: /send the header/,
  },
  'an unknown path': { path: '/v1/nothing', status: 404, code: 'not_found', detail: /\/v1\/nothing/ },
  'a path that does not decode': { path: '/v1/runs/%E0%A4%A', status: 400, code: 'request_invalid', detail: /decode/ },
  'the wrong method': { path: '/v1/seed', status: 405, code: 'method_not_allowed', detail: /use POST/ },
  'the wrong method on a built-in route': {
    path: '/livez',
    init: { method: 'DELETE', headers: { authorization } },
    status: 405,
    code: 'method_not_allowed',
    detail: /use GET or HEAD/,
  },
  'a defect': { path: '/throws/defect', status: 500, code: 'internal', detail: /the log has it/ },
  'a dependency that is down': {
    path: '/throws/pause',
    status: 503,
    code: 'pg_unavailable',
    detail: /^Postgres refuses connections/,
  },
  'an error of ours that the client can mend': {
    path: '/throws/dead',
    status: 422,
    code: 'type_unknown',
    detail: /pokemons/,
  },
  'a problem with members of its own': { path: '/throws/problem', status: 409, code: 'key_reused', detail: /this key/ },
}
for (const [what, { path, init, status, code, detail }] of Object.entries(requests)) {
  test(`${what} is answered ${status} ${code}`, async () => {
    await using server = await open()
    const response = await fetch(server.url + path, { ...init, signal: AbortSignal.timeout(5_000) })
    const body = await response.text()
    assert.equal(response.status, status, body)
    assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8')
    const told = JSON.parse(body)
    assert.deepEqual([told.type, told.status, told.code], ['about:blank', status, code])
    assert.match(told.detail, detail)
    assert.equal(told.requestId, response.headers.get('x-request-id'))
    assert.ok(told.requestId.length > 10)
    for (const leak of ['SELECT', 'at ', '.js', 'user:pw']) assert.ok(!body.includes(leak), body)
    if (status === 401) assert.equal(response.headers.get('www-authenticate'), 'Bearer')
    if (status === 405) assert.ok(response.headers.get('allow'))
    if (code === 'key_reused') assert.equal(told.runId, '7')
  })
}

test('good requests pass: with the token, without a body, and reads without a token', async () => {
  await using server = await open()
  const post = (init: RequestInit) => fetch(`${server.url}/v1/seed`, { method: 'POST', ...init })
  assert.deepEqual(await (await post({ headers: json, body: '{"types":["pokemon"]}' })).json(), {
    got: { types: ['pokemon'] },
  })
  assert.deepEqual(await (await post({ headers: { authorization } })).json(), { got: null })
  const read = await fetch(`${server.url}/v1/runs/7`, { headers: { 'x-request-id': 'mine-1' } })
  assert.deepEqual(await read.json(), { id: '7' })
  assert.equal(read.headers.get('x-request-id'), 'mine-1')
  assert.equal(read.headers.get('x-powered-by'), null)
  assert.equal(read.headers.get('x-content-type-options'), 'nosniff')
  assert.equal((await fetch(`${server.url}/v1/runs/7`, { method: 'HEAD' })).status, 200)
})

test('a request id that is not plain is replaced', async () => {
  await using server = await open()
  const { headers } = await fetch(`${server.url}/livez`, { headers: { 'x-request-id': 'a"b<c>' } })
  assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
})

test('an answer that breaks off after it began is cut, and the server goes on', async () => {
  await using server = await open()
  await assert.rejects(fetch(`${server.url}/throws/late`).then((response) => response.text()))
  assert.equal((await fetch(`${server.url}/livez`)).status, 200)
})

test('requests are counted by method, route template and status', async () => {
  await using server = await open()
  await fetch(`${server.url}/v1/runs/7`)
  await fetch(`${server.url}/v1/runs/8`)
  await fetch(`${server.url}/v1/nothing/at/all`)
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  const count = 'http_request_duration_seconds_count'
  assert.ok(metrics.includes(`${count}{method="GET",route="/v1/runs/:id",status_code="200"} 2`), metrics)
  assert.ok(metrics.includes(`${count}{method="GET",route="none",status_code="404"} 1`), metrics)
  assert.match(metrics, /pokepedia_build_info\{service="test",version="1\.2\.3",revision="none",node="[0-9.]+"\} 1/)
  assert.match(metrics, /process_cpu_seconds_total/)
})

test('a port in use is a fatal error that names the setting', async () => {
  await using server = await open()
  await assert.rejects(serve(server.app, { host: '127.0.0.1', port: server.port }), (error: unknown) => {
    assert.ok(error instanceof Error && 'code' in error && 'class' in error && 'hint' in error)
    assert.deepEqual([error.code, error.class], ['port_unavailable', 'fatal'])
    assert.match(String(error.hint), /HTTP_PORT/)
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${server.port}`))
    return true
  })
})

test('closing waits for answers on their way and cuts who stays', async () => {
  const server = await open()
  const idle = connect(server.port, '127.0.0.1').on('error', () => undefined)
  idle.write('GET /livez HTTP/1.1\r\nhost: a\r\n')
  const beganMs = performance.now()
  await server[Symbol.asyncDispose]()
  await text(idle).catch(() => undefined)
  assert.ok(performance.now() - beganMs < 3_000)
  await assert.rejects(fetch(`${server.url}/livez`))
})

test('in read-only mode every change is refused before the token is looked at, and reads are answered', async () => {
  const options = {
    log,
    checks: [],
    registry: createRegistry('test', { version: '1.2.3', revision: 'none' }),
    routes: routes(),
    token,
  }
  await using server = await serve(createApp({ ...options, readOnly: true }), { host: '127.0.0.1', port: 0 })
  for (const headers of [{}, { authorization }, { authorization: 'Bearer wrong' }])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await fetch(`${server.url}/v1/seed`, { method, headers, body: '{"broken":' })
      assert.equal(answer.status, 403)
      assert.match(await answer.text(), /"code":"read_only"/)
    }
  assert.equal((await fetch(`${server.url}/v1/runs/7`)).status, 200)
})
