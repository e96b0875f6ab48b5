import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Router } from 'express'
import { createApp } from '../src/http/http.ts'
import { type AppOptions, createRegistry, serve } from '../src/index.ts'
import { log } from './support.ts'

const token = 'a-token-of-20-letters'
const authorization = `Bearer ${token}`

/** A service that counts what was really done, with what came in the body. */
const open = async (options: Pick<AppOptions, 'changesPerMinute'> = {}) => {
  const done: unknown[] = []
  const change = '/v1/change'
  const routes = Router()
    .get(change, (_request, response) => void response.json({ done: done.length }))
    .all(change, (request, response) => {
      done.push(request.body ?? null)
      response.status(202).json({ done: done.length })
    })
  const registry = createRegistry('test', { version: '1.2.3', revision: 'none' })
  const app = createApp({ log, checks: [], registry, routes, token, ...options })
  const server = await serve(app, { host: '127.0.0.1', port: 0 })
  const send = (method: string, headers: Record<string, string>, body?: string) =>
    fetch(`${server.url}${change}`, { method, headers, ...(body === undefined ? {} : { body }) })
  return { done, send, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

test('beyond the limit a change is answered 429 with Retry-After and is not done; reads go on', async () => {
  await using server = await open({ changesPerMinute: 3 })
  for (let i = 0; i < 3; i += 1) assert.equal((await server.send('POST', { authorization })).status, 202)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const refused = await server.send(method, { authorization })
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('content-type'), 'application/problem+json; charset=utf-8')
    const seconds = Number(refused.headers.get('retry-after'))
    assert.ok(seconds >= 1 && seconds <= 60, String(seconds))
    const { status, code, detail } = JSON.parse(await refused.text())
    assert.deepEqual([status, code], [429, 'too_many_changes'])
    assert.match(detail, /CHANGES_PER_MINUTE/)
  }
  assert.equal(server.done.length, 3)
  assert.deepEqual(await (await server.send('GET', {})).json(), { done: 3 })
})

test('a guesser of tokens is stopped by the limit, and what its requests name as their source does not help', async () => {
  await using server = await open({ changesPerMinute: 3 })
  const guess = (i: number) =>
    server.send('POST', {
      authorization: `Bearer guess-${i}`,
      'x-forwarded-for': `10.0.0.${i}`,
      forwarded: `for=10.0.0.${i}`,
    })
  const statuses: number[] = []
  for (let i = 0; i < 5; i += 1) statuses.push((await guess(i)).status)
  assert.deepEqual(statuses, [401, 401, 401, 429, 429])
  assert.equal(server.done.length, 0)
})

test('no token but the whole one is taken, however near it is', async () => {
  await using server = await open()
  const near = [
    token.slice(0, -1),
    `${token}x`,
    `${token.slice(0, -1)}S`,
    token.toUpperCase(),
    `${token},${token}`,
    `"${token}"`,
  ]
  for (const wrong of near) {
    const answer = await server.send('POST', { authorization: `Bearer ${wrong}` })
    assert.equal(answer.status, 401, wrong)
  }
  assert.equal(server.done.length, 0)
  assert.equal((await server.send('POST', { authorization })).status, 202)
})

test('a form or a script of another site changes nothing: no cookie is set or taken, no origin is allowed, no form is read', async () => {
  await using server = await open()
  const origin = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }
  const forged = await server.send('POST', { ...origin, cookie: `token=${token}; API_TOKEN=${token}` })
  assert.equal(forged.status, 401)
  // What an HTML form can send, even if it could send the token.
  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain']) {
    const answer = await server.send('POST', { ...origin, authorization, 'content-type': type }, '{"a":1}')
    assert.equal(answer.status, 415, type)
  }
  // What a browser asks before it sends the header or JSON for a script of another site.
  const preflight = await server.send('OPTIONS', {
    ...origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  })
  const read = await server.send('GET', origin)
  for (const { headers } of [forged, preflight, read]) {
    assert.equal(headers.get('set-cookie'), null)
    for (const name of headers.keys()) assert.doesNotMatch(name, /^access-control-/)
  }
  assert.equal(server.done.length, 0)
})

test('every answer, errors too, keeps browsers from framing, guessing types and running what is not ours', async () => {
  await using server = await open({ changesPerMinute: 1 })
  const answers = [
    await server.send('GET', {}),
    await server.send('POST', {}),
    await server.send('POST', {}),
    await server.send('OPTIONS', {}),
  ]
  for (const { headers, status } of answers) {
    const policy = headers.get('content-security-policy') ?? ''
    for (const rule of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"])
      assert.ok(policy.includes(rule), `${status}: ${policy}`)
    assert.doesNotMatch(policy, /unsafe|\*/)
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(headers.get('x-powered-by'), null)
  }
})
