import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bench, document, failureOf, rowOf, type StubAnswer } from './support.ts'

const BAD: Readonly<Record<string, StubAnswer & { code: string }>> = {
  'half a body is truncated': { body: '{"id":1,"name":"cheri"}', cutAt: 11, code: 'truncated' },
  'HTML with 200': { body: '<html>Sign in</html>', headers: { 'content-type': 'text/html' }, code: 'not_json' },
  'half a document': { body: '{"id":1,"na', code: 'json_invalid' },
  'a scalar': { body: 'null', code: 'json_invalid' },
  'a list': { body: '[]', code: 'json_invalid' },
  'a string': { body: '"x"', code: 'json_invalid' },
  'a number': { body: '25', code: 'json_invalid' },
  'latin-1': { body: Buffer.from('{"name":"Flabébé"}', 'latin1'), code: 'json_invalid' },
  'a document and a second one': { body: '{"name":"a"}{"name":"b"}', code: 'json_invalid' },
  'a body over the limit': { body: `{"a":"${'x'.repeat(12_000_001)}"}`, code: 'body_too_large' },
  'a zero byte in a string': { ...document({ name: 'a\u0000b' }), code: 'json_not_storable' },
  'a lone surrogate': { body: '{"name":"\\ud800"}', code: 'json_not_storable' },
  'a zero byte in a key': { ...document({ 'a\u0000b': 1 }), code: 'json_not_storable' },
  'a number of 200,000 digits': { body: '{"n":1e200000}', code: 'json_not_storable' },
  'a number of 200,000 decimals': { body: '{"n":1e-200000}', code: 'json_not_storable' },
  '100,000 levels': { body: `{"n":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, code: 'json_not_storable' },
  'another host behind a redirect': {
    status: 302,
    headers: { location: 'http://elsewhere.test/' },
    code: 'redirect_refused',
  },
  'a server that is busy': { status: 503, headers: { 'retry-after': '7' }, code: 'http_503' },
}

const { store, stub, handle, emitted } = await bench()
const rows = () => store.query('reading', 'select path from pokeapi_resources')

for (const [name, { code, ...answer }] of Object.entries(BAD)) {
  test(`${name}: ${code}, and no row`, async () => {
    stub.answers.set('/berry/1/', answer)
    assert.equal((await failureOf(handle('berry/1'))).code, code)
    assert.deepEqual(await rows(), [])
    assert.deepEqual(emitted, [])
  })
}

test('an object in the place of encounters is json_invalid, and no row', async () => {
  stub.answers.set('/pokemon/1/encounters', document({ detail: 'soon' }))
  assert.equal((await failureOf(handle('pokemon/1/encounters'))).code, 'json_invalid')
  assert.deepEqual(await rows(), [])
})

test('a URL of another host is refused before any request', async () => {
  assert.equal((await failureOf(handle('berry/1', { url: 'http://127.0.0.1:1/berry/1/' }))).code, 'host_refused')
})

test('a document of 5,000 levels with numbers beyond 2^53 is kept to the digit', async () => {
  const deep = `${'['.repeat(5_000)}9007199254740993${']'.repeat(5_000)}`
  stub.answers.set('/berry/1/', { body: `{"name":"deep","n":12345678901234567890,"deep":${deep}}` })
  assert.equal(await handle('berry/1'), 'stored')
  assert.equal(await handle('berry/1'), 'unchanged')
  assert.equal((await rowOf(store, 'berry/1'))['name'], 'deep')
  const [kept] = await store.query(
    'reading',
    "select data->>'n' as n, data->>'deep' like '%9007199254740993%' as deep from pokeapi_resources",
  )
  assert.deepEqual(kept, { n: '12345678901234567890', deep: true })
})
