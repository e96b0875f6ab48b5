import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classify } from '@pokepedia/errors'
import fc from 'fast-check'
import { type AvroReader, decodeResourceRequested, decodeSpriteRequested } from '../src/index.ts'

const root = 'https://pokeapi.co/api/v2/'
const noAvro: AvroReader = { read: () => assert.fail('no Avro here') }
const resource = decodeResourceRequested(noAvro, root)
const sprite = decodeSpriteRequested(noAvro)
const bytes = (text: string): Buffer => Buffer.from(text)

for (const typed of [
  'pokemon/25',
  '  pokemon/25\n',
  '/pokemon/25/',
  'https://pokeapi.co/api/v2/pokemon/25/',
  'https://pokeapi.co/api/v2/pokemon/25',
  '{"path":"pokemon/25"}',
  '{"url":"https://pokeapi.co/api/v2/pokemon/25/"}',
]) {
  test(`${JSON.stringify(typed)} asks for Pikachu`, async () => {
    const event = await resource(bytes(typed))
    assert.equal(event.path, 'pokemon/25')
    assert.equal(event.resourceType, 'pokemon')
    assert.equal(event.url.replace(/\/$/, ''), 'https://pokeapi.co/api/v2/pokemon/25')
    assert.equal(event.runId, null)
    assert.equal(event.force, false)
  })
}

test('encounters are a resource of their own', async () => {
  const event = await resource(bytes('pokemon/25/encounters'))
  assert.deepEqual(
    [event.path, event.resourceType, event.url],
    ['pokemon/25/encounters', 'pokemon', `${root}pokemon/25/encounters`],
  )
})

const refused: [string, string][] = [
  ['', 'undecodable'],
  ['{', 'undecodable'],
  ['{}', 'undecodable'],
  ['{"path":25}', 'undecodable'],
  ['{"path":"pokemon/25","force":"yes"}', 'undecodable'],
  ['{"path":"../etc/passwd"}', 'path_invalid'],
  ['hello world', 'undecodable'],
  ['pokemon/pikachu', 'path_invalid'],
  ['file:///etc/passwd', 'host_refused'],
  ['http://127.0.0.1/api/v2/pokemon/25/', 'host_refused'],
  ['http://[::ffff:127.0.0.1]/', 'host_refused'],
  ['https://user:secret@pokeapi.co/api/v2/pokemon/25/', 'host_refused'],
  ['https://pokeapi.co/api/v2/pokemon/x/', 'path_invalid'],
  ['https://pokeapi.co/api/v2/../admin', 'path_invalid'],
  [`${root}${'1'.repeat(200_000)}`, 'undecodable'],
]
for (const [typed, code] of refused) {
  test(`${JSON.stringify(typed.slice(0, 60))} is refused as ${code}`, async () => {
    await assert.rejects(resource(bytes(typed)), (error) => {
      assert.equal(classify(error).code, code)
      assert.equal(classify(error).class, 'dead')
      assert.ok(classify(error).message.length > 10)
      return true
    })
  })
}

test('a sprite is asked for by its URL or by JSON with it', async () => {
  const url = 'https://raw.githubusercontent.com/PokeAPI/sprites/master/sprites/pokemon/25.png'
  assert.equal((await sprite(bytes(url))).url, url)
  assert.equal((await sprite(bytes(JSON.stringify({ url })))).resourcePath, null)
  for (const typed of ['pokemon/25', 'ftp://h/a.png', '{"url":1}', '[]'])
    await assert.rejects(sprite(bytes(typed)), (error) => classify(error).code === 'undecodable')
})

test('a tombstone is refused', () => assert.rejects(resource(null), /has no value/))

test('no bytes make the decoder throw anything but a dead error', async () => {
  const brokenAvro: AvroReader = { read: () => Promise.reject(new TypeError('truncated')) }
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (value) => {
      for (const decode of [decodeResourceRequested(brokenAvro, root), decodeSpriteRequested(brokenAvro)]) {
        const error = await decode(Buffer.from(value)).then(() => undefined, classify)
        if (error) assert.equal(error.class, 'dead', `${error.code}: ${error.message}`)
      }
    }),
    { numRuns: 300 },
  )
})
