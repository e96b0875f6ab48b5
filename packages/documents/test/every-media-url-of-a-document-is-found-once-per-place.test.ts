import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resourcePath } from '@pokepedia/events'
import fc from 'fast-check'
import { resourceOf } from '../src/index.ts'
import { referencesOf } from '../src/sprites-of.ts'

const HOST = 'https://raw.githubusercontent.com/PokeAPI/sprites/master'

/** Those of a document by its text, as it came from a host or a file. */
const referencesIn = (text: string) =>
  resourceOf({ path: resourcePath('berry/1'), url: 'http://127.0.0.1/' }, { text, value: JSON.parse(text) }).references

/** The same document with its points escaped, as another writer of JSON might do it. */
const escaped = (text: string): string => text.replaceAll('.', '\\u002e')

/** The rules of RFC 6901, written apart from the code under test. */
const resolve = (document: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (at, token) => (typeof at === 'object' && at !== null ? Reflect.get(at, token) : undefined),
      document,
    )

test('references of every kind are found, in document order, with their pointers', () => {
  const found = referencesOf({
    name: 'pikachu',
    cries: { latest: `${HOST}/25.ogg`, legacy: null },
    sprites: {
      front_default: `${HOST}/25.png`,
      back_female: null,
      other: {
        'official-artwork': { front_default: `${HOST}/art.PNG` },
        showdown: { front_default: `${HOST}/25.gif` },
      },
      list: [`${HOST}/a.svg`, [`${HOST}/b.webp`, 'http://elsewhere.test:8080/c.jpeg']],
    },
    'a/b~c': `${HOST}/d.jpg?v=2#x`,
    again: `${HOST}/25.png`,
  })
  assert.deepEqual(found, [
    { url: `${HOST}/25.ogg`, pointer: '/cries/latest', kind: 'cry' },
    { url: `${HOST}/25.png`, pointer: '/sprites/front_default', kind: 'sprite' },
    { url: `${HOST}/art.PNG`, pointer: '/sprites/other/official-artwork/front_default', kind: 'sprite' },
    { url: `${HOST}/25.gif`, pointer: '/sprites/other/showdown/front_default', kind: 'sprite' },
    { url: `${HOST}/a.svg`, pointer: '/sprites/list/0', kind: 'sprite' },
    { url: `${HOST}/b.webp`, pointer: '/sprites/list/1/0', kind: 'sprite' },
    { url: 'http://elsewhere.test:8080/c.jpeg', pointer: '/sprites/list/1/1', kind: 'sprite' },
    { url: `${HOST}/d.jpg?v=2#x`, pointer: '/a~1b~0c', kind: 'sprite' },
    { url: `${HOST}/25.png`, pointer: '/again', kind: 'sprite' },
  ])
})

test('what is no absolute media URL is passed over', () => {
  const others = [
    ...['', 'png', 'pikachu.png', '/media/25.png', '//host.test/25.png', 'data:image/png;base64,AAAA', 'https://'],
    ...['ftp://host.test/25.png', 'file:///25.png', 'https://host.test', 'https://host.test.png', 'https:///25.png'],
    ...['https://host.test/25.png/', 'https://host.test/png', 'https://host.test/25.pngx', 'https://host.test/25.mp3'],
    ...[
      'https://host.test/25?file=a.png',
      'https://host.test/#a.png',
      'https://host.test/a b.png',
      'https://[x/25.png',
    ],
    ...[' https://host.test/25.png', 'see https://host.test/25.png', `https://host.test/${'x'.repeat(2_048)}.png`],
  ]
  assert.deepEqual(referencesOf({ others, none: null, yes: true, count: 25, empty: {}, list: [] }), [])
  for (const scalar of [null, 'https://host.test/25.png', 25, undefined]) assert.deepEqual(referencesOf(scalar), [])
})

test('a document of a hundred thousand levels is walked', () => {
  let document: unknown = `${HOST}/25.png`
  for (let level = 0; level < 100_000; level += 1) document = level % 2 === 0 ? [document] : { a: document }
  const [only, ...more] = referencesOf(document)
  assert.deepEqual([only?.url, only?.pointer.length, more.length], [`${HOST}/25.png`, 200_000, 0])
})

test('a document that is too deep to be minified is walked, too, however its text is written', () => {
  const levels = 20_000
  const text = `{"a":${'['.repeat(levels)}"${HOST}/25.png"${']'.repeat(levels)}}`
  for (const one of [text, escaped(text)])
    assert.deepEqual(
      referencesIn(one).map(({ url }) => url),
      [`${HOST}/25.png`],
    )
})

test('for every document, each pointer leads to its URL and no URL is missed', () => {
  const url = fc.constantFrom(`${HOST}/1.png`, `${HOST}/2.ogg`, 'http://h.test/3.svg')
  const key = fc.oneof(fc.string(), fc.constantFrom('a/b', '~', '~1', '', '0', '__proto__'))
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      url,
      fc.string(),
      fc.constant(null),
      fc.integer(),
      fc.array(tie('tree'), { maxLength: 5 }),
      fc.array(fc.tuple(key, tie('tree')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    ),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      const document: unknown = JSON.parse(JSON.stringify({ value }))
      const found = referencesOf(document)
      const text = JSON.stringify(document)
      for (const one of [text, escaped(text), ` ${text}`]) assert.deepEqual(referencesIn(one), found)
      for (const { url: at, pointer } of found) assert.equal(resolve(document, pointer), at)
      const places = new Set(found.map(({ pointer }) => pointer))
      assert.equal(places.size, found.length)
      const times = text.split(/"(?:https:[^"]+\/1\.png|https:[^"]+\/2\.ogg|http:\/\/h\.test\/3\.svg)"/)
      assert.equal(found.length, times.length - 1)
    }),
  )
})
