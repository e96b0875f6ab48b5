import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from './support.ts'

const logged = async (statement: string) => {
  const { stdout, stderr } = await run(`const log = service.createLog('demo', 'info')\n${statement}`)
  assert.equal(stderr, '')
  return stdout
}

test('a line is JSON with level, time in ms, service and message', async () => {
  const line = JSON.parse(await logged(`log.debug('no'); log.warn({ event: 'a.b', path: 'pokemon/25' }, 'hello')`))
  const { time, ...rest } = line
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  assert.deepEqual(rest, { level: 'warn', service: 'demo', event: 'a.b', path: 'pokemon/25', msg: 'hello' })
})

test('an error is told with its code and its causes', async () => {
  const stdout = await logged(`
    const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' })
    log.error({ err: Object.assign(new Error('no database', { cause }), { code: 'pg_unavailable' }) }, 'failed')`)
  const { err } = JSON.parse(stdout)
  assert.deepEqual([err.type, err.message, err.code], ['Error', 'no database', 'pg_unavailable'])
  assert.match(err.stack, /no database\n {4}at/)
  assert.deepEqual([err.cause.message, err.cause.code], ['connect refused', 'ECONNREFUSED'])
})

test('an error’s message is one line of 512 bytes at most, in its stack too', async () => {
  const stdout = await logged(`
    const cause = new Error('inner\\r\\n' + 'y'.repeat(2_000))
    log.error({ err: new Error('outer\\n' + 'x'.repeat(2_000), { cause }) }, 'failed')`)
  const { err } = JSON.parse(stdout)
  for (const { message, stack } of [err, err.cause]) {
    assert.equal(Buffer.byteLength(message), 512)
    assert.match(message, /^(outer|inner) [xy]+$/)
    assert.match(stack, /^Error: (outer|inner) [xy]{506}\n {4}at /)
  }
})

test('tokens, keys and the user part of URLs are replaced wherever they stand', async () => {
  const stdout = await logged(`
    const url = 'postgres://user:hunter2@hunter2@db:5432/x'
    log.info({ token: 'hunter2', headers: { authorization: 'Bearer hunter2' }, s3: { secretKey: 'hunter2' }, url }, url)
    log.error({ err: new Error('failed at ' + url + ' with Authorization: Bearer hunter2') }, 'x')
    log.info({ deep: { deeper: { deepest: [url] } }, plain: 'https://pokeapi.co/@a b@c' }, 'y')`)
  assert.ok(!stdout.includes('hunter2'), stdout)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(lines[0].url, 'postgres://***@db:5432/x')
  assert.equal(lines[2].plain, 'https://pokeapi.co/@a b@c')
})
