import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '@pokepedia/errors'
import { createApp } from '../src/http/http.ts'
import { type AppOptions, type Check, createRegistry, serve } from '../src/index.ts'
import { log } from './support.ts'

const opened = (checks: Check[], options: Partial<AppOptions> = {}) =>
  serve(createApp({ log, checks, registry: createRegistry('test', { version: '1', revision: 'none' }), ...options }), {
    host: '127.0.0.1',
    port: 0,
  })

const good = (name: string): Check => ({ name, check: async () => undefined })
const postgres: Check = {
  name: 'postgres',
  check: () => Promise.reject(errors('pg_unavailable', 'connect ECONNREFUSED postgres://user:secret@db:5432')),
}
const hanging: Check = { name: 'kafka', check: () => new Promise(() => undefined) }

test('ready when every check is', async () => {
  await using server = await opened([good('kafka'), good('postgres')], { readyExtra: () => ({ paused: false }) })
  const response = await fetch(`${server.url}/readyz`)
  assert.equal(response.status, 200)
  const checks = ['kafka', 'postgres'].map((name) => ({ name, ok: true }))
  assert.deepEqual(await response.json(), { ok: true, checks, paused: false })
})

test('a failing check and one that does not answer within 2 s are named, with code and detail, without secrets', async () => {
  await using server = await opened([good('registry'), postgres, hanging])
  const beganMs = performance.now()
  const response = await fetch(`${server.url}/readyz`)
  assert.ok(performance.now() - beganMs < 4_000)
  assert.equal(response.status, 503)
  assert.deepEqual(await response.json(), {
    ok: false,
    checks: [
      { name: 'registry', ok: true },
      { name: 'postgres', ok: false, code: 'pg_unavailable', detail: 'connect ECONNREFUSED postgres://***@db:5432' },
      { name: 'kafka', ok: false, code: 'timeout', detail: 'no answer within 2000 ms' },
    ],
  })
})

test('?verbose is text to read', async () => {
  await using server = await opened([good('registry'), postgres])
  const response = await fetch(`${server.url}/readyz?verbose`)
  assert.equal(
    await response.text(),
    '[+] registry ok\n[-] postgres failed: pg_unavailable: connect ECONNREFUSED postgres://***@db:5432\nreadyz failed\n',
  )
})

test('many probes ask a dependency once', async () => {
  const asked: number[] = []
  const check = { name: 'counted', check: async () => void asked.push(1) }
  await using server = await opened([check])
  await Promise.all(Array.from({ length: 20 }, () => fetch(`${server.url}/readyz`)))
  assert.equal(asked.length, 1)
})

test('liveness does not depend on the checks; it fails when the process says why', async () => {
  let reason: string | undefined
  await using server = await opened([postgres], { alive: () => reason })
  assert.equal((await fetch(`${server.url}/livez`)).status, 200)
  reason = 'no progress for 5 minutes'
  const response = await fetch(`${server.url}/livez`)
  assert.equal(response.status, 503)
  assert.deepEqual(await response.json(), { ok: false, detail: reason })
})

test('a scrape shows which dependencies are up, and never waits for one that hangs', async () => {
  await using server = await opened([good('registry'), postgres, hanging])
  const scrape = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text()
  const beganMs = performance.now()
  assert.doesNotMatch(await scrape(), /pokepedia_dependency_up\{/)
  assert.ok(performance.now() - beganMs < 1_900)
  let text = ''
  for (const end = Date.now() + 20_000; !/dependency="kafka"/.test(text) && Date.now() < end; ) text = await scrape()
  for (const line of ['{dependency="registry"} 1', '{dependency="postgres"} 0', '{dependency="kafka"} 0'])
    assert.ok(text.includes(`pokepedia_dependency_up${line}`), text)
})
