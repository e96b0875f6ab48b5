import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resourcePath } from '@pokepedia/events'
import fc from 'fast-check'
import { resourceOf } from '../src/index.ts'

const textFor = (text: string): string => {
  const path = resourcePath(text.startsWith('[') ? 'pokemon/1/encounters' : 'berry/1')
  return resourceOf({ path, url: 'http://127.0.0.1/' }, { text, value: JSON.parse(text) }).text
}

test('white space goes where every number is written the same', () => {
  assert.equal(textFor('{\n  "id": 25,\n  "list": [-1, 0, 2]\n}'), '{"id":25,"list":[-1,0,2]}')
  assert.equal(
    textFor('{ "url": "https://host/a/1.png", "hash": "3e5" }'),
    '{"url":"https://host/a/1.png","hash":"3e5"}',
  )
  assert.equal(
    textFor('{ "url": "http://127.0.0.1:8080/1.5/", "text": "a 2\\u00e9 b", "id": 123456789012345 }'),
    '{"url":"http://127.0.0.1:8080/1.5/","text":"a 2é b","id":123456789012345}',
  )
})

for (const number of [
  '1.0',
  '-2.50',
  '1e2',
  '1E+400',
  '1.5E3',
  '1234567890123456',
  '12345678901234567890',
  '0.1234567890123456789',
  '-1e-3',
])
  for (const text of [`{ "n": ${number} }`, `{"n":${number}}`, `[ 1,\n${number} ]`, `[${number}]`])
    test(`${JSON.stringify(text)} stays as it is`, () => assert.equal(textFor(text), text))

test('whatever the numbers, the text has each as it was written or as JavaScript reads and writes it alike', () => {
  // -0 is the one integer that JavaScript writes otherwise; jsonb knows no -0 either.
  const number = fc.stringMatching(/^-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,3})?$/)
  const numbers = fc.array(number.filter((text) => text !== '-0'))
  fc.assert(
    fc.property(numbers, fc.constantFrom('', ' ', '\n\t'), (written, space) => {
      const text = `[${written.map((one) => `${space}${one}`).join(`${space},`)}]`
      assert.equal(textFor(text).replaceAll(/\s/g, ''), `[${written.join(',')}]`)
    }),
  )
})
