import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classify } from '@pokepedia/errors'
import fc from 'fast-check'
import { jsonObjectOf } from '../src/index.ts'

const answer = (body: string | Buffer, contentType: string | null = 'application/json') => ({
  body: Buffer.from(body),
  contentType,
  url: 'https://pokeapi.co/api/v2/pokemon/25/',
})

const refused: [string, string | Buffer, string][] = [
  ['nothing', '', 'not_json'],
  ['an HTML page that says it is JSON', '<!doctype html><html>', 'not_json'],
  ['text', 'Too Many Requests', 'not_json'],
  ['a document cut off', '{"id":25', 'json_invalid'],
  ['two documents', '{}{}', 'json_invalid'],
  ['null', 'null', 'json_invalid'],
  ['a number', '25', 'json_invalid'],
  ['a text in quotes', '"x"', 'json_invalid'],
  ['latin-1 bytes', Buffer.from('{"name":"Pokémon"}', 'latin1'), 'json_invalid'],
]
for (const [what, body, code] of refused) {
  test(`${what} is ${code}`, () => {
    assert.throws(
      () => jsonObjectOf(answer(body)),
      (error) => classify(error).code === code && classify(error).message.includes('pokemon/25'),
    )
  })
}

test('a page of type HTML is not_json whatever it holds', () => {
  assert.throws(
    () => jsonObjectOf(answer('{}', 'text/html; charset=utf-8')),
    (error) => classify(error).code === 'not_json',
  )
})

test('objects and arrays pass, as text/plain too; a byte order mark is dropped', () => {
  assert.deepEqual(jsonObjectOf(answer('\uFEFF{"a":1}', 'text/plain')), { text: '{"a":1}', value: { a: 1 } })
  assert.deepEqual(jsonObjectOf(answer('[]', null)).value, [])
  assert.equal(jsonObjectOf(answer(' {"big":12345678901234567890}')).text, ' {"big":12345678901234567890}')
  assert.doesNotThrow(() => jsonObjectOf(answer(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)))
})

test('every document comes back as its text and value; no bytes throw anything but a classified error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.object(), fc.array(fc.jsonValue())), (value) => {
      const text = JSON.stringify(value)
      assert.deepEqual(jsonObjectOf(answer(text)), { text, value: JSON.parse(text) })
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        jsonObjectOf(answer(Buffer.from(bytes)))
      } catch (error) {
        assert.match(classify(error).code, /^(not_json|json_invalid)$/)
      }
    }),
  )
})
