import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { objectKeyOf } from '../src/index.ts'

test('a plain URL becomes its host and path', () => {
  assert.equal(
    objectKeyOf(
      'https://raw.githubusercontent.com/PokeAPI/sprites/master/sprites/pokemon/other/official-artwork/25.png',
    ),
    'raw.githubusercontent.com/PokeAPI/sprites/master/sprites/pokemon/other/official-artwork/25.png',
  )
  assert.equal(objectKeyOf('http://127.0.0.1:4000/media/a.png'), '127.0.0.1_4000/media/a.png')
})

const segment = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    '%2e%2e',
    'a',
    'A',
    'a b',
    'a%20b',
    '%',
    'é',
    '%C3%A9',
    '~',
    "'",
    '25.png',
    '%2F',
    '..%2F..%2F..%2Fx',
    '..%5C..%5Cx',
    '%00.png',
    '%252E%252E',
  ),
  fc.constantFrom('x', '%E9', 'é').map((text) => `${text.repeat(300)}.png`),
  fc.string({ maxLength: 8 }),
)
const urls = fc
  .tuple(
    fc.constantFrom('http', 'https'),
    fc.constantFrom('h.org', 'h.org:80', 'h.org:8080', '127.0.0.1:1', '[::1]', 'h_8080', '..', '%2e%2e:1', '.h'),
    fc.array(segment, { maxLength: 5 }),
    fc.constantFrom('', '?a', '?b', '#c'),
  )
  .map(
    ([scheme, host, segments, rest]) =>
      `${scheme}://${host}/${segments.map((s) => s.replace(/[/?#\\]/g, '')).join('/')}${rest}`,
  )
  .filter((url) => URL.canParse(url))

test('a key has safe characters, no dots that climb, no empty part and fits S3', () => {
  fc.assert(
    fc.property(urls, (url) => {
      const key = objectKeyOf(url)
      assert.match(key, /^[A-Za-z0-9._%/-]+$/)
      for (const part of key.split('/')) assert.doesNotMatch(part, /^\.*$|^.{256}/)
      assert.ok(Buffer.byteLength(key) <= 1_024)
    }),
    { numRuns: 2_000 },
  )
  assert.ok(objectKeyOf(`https://h.org/${'x/'.repeat(5_000)}.png`).length <= 1_024)
  assert.match(objectKeyOf(`https://h.org/a/${'x'.repeat(5_000)}.png`), /^h\.org\/a\/x{196}-[0-9a-f]{16}\.png$/)
})

test('a key stays in its bucket and below its host, for stores that keep files and decode names, too', () => {
  fc.assert(
    fc.property(urls, (url) => {
      const key = objectKeyOf(url)
      // Without a path there is no folder either.
      const below = key.includes('/') ? `/bucket/${key.slice(0, key.indexOf('/') + 1)}` : '/bucket/'
      for (const name of [key, key.replace(/%([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(Number(`0x${hex}`)))])
        assert.ok(posix.resolve('/bucket', name).startsWith(below), `${url} → ${key}`)
    }),
    { numRuns: 5_000 },
  )
})

test('two URLs that differ never share a key, two spellings of one address neither', () => {
  fc.assert(
    fc.property(urls, urls, (one, two) => {
      if (one !== two) assert.notEqual(objectKeyOf(one), objectKeyOf(two))
    }),
    { numRuns: 5_000 },
  )
  const spellings = [
    'https://h.org/a.png',
    'https://h.org:443/a.png',
    'HTTPS://h.org/a.png',
    'https://h.org/x/../a.png',
  ]
  const more = ['https://u:p@h.org/a.png', 'https://h.org/a.png#x', 'https://h.org/a.png?', 'http://h.org/a.png']
  const keys = [...spellings, ...more].map(objectKeyOf)
  assert.equal(new Set(keys).size, keys.length)
})

test('a segment that is short enough is kept, one that is not never poses as another', () => {
  const name = `${'x'.repeat(196)}.png`
  assert.equal(objectKeyOf(`https://h.org/${name}`), `h.org/${name}`)
  const keys = [1, 2, 3].map((more) => objectKeyOf(`https://h.org/${'x'.repeat(196 + more)}.png`))
  assert.equal(new Set([...keys, `h.org/${name}`]).size, 4)
})

test('no URL can be made up whose plain key is the key of another', () => {
  const key = objectKeyOf('https://h.org/a.png?q')
  assert.notEqual(objectKeyOf(`https://${key}`), key)
})
