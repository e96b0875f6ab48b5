import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { relinkTo } from '../src/import/relink.ts'

const roots = { apiRoot: 'http://upstream:8000/api/v2/', mediaRoot: 'http://upstream:8000/media/' }

/** What a link of a document becomes: the value, not the spelling of it. */
const upstreams = (value: string): string =>
  value
    .replace(/^(?:https?:\/\/[^"\\/]+)?\/api\/v2\//, () => roots.apiRoot)
    .replace(/^https:\/\/raw\.githubusercontent\.com\//, () => roots.mediaRoot)

const texts = fc.constantFrom(
  ...['/api/v2/pokemon/25/', 'https://pokeapi.co/api/v2/pokemon/25/', 'http://localhost/api/v2/type/'],
  ...['https://raw.githubusercontent.com/PokeAPI/a.png', 'see /api/v2/', 'https://host/under/api/v2/'],
  ...['"/api/v2/pokemon/25/" is quoted', 'a quote" and "https://raw.githubusercontent.com/', '\\', '"', '$& $1', ''],
)

test('links in any mixture lead to the upstream, and nothing else changes', () => {
  fc.assert(
    fc.property(fc.array(texts), fc.constantFrom(undefined, 4), (values, space) => {
      assert.deepEqual(JSON.parse(relinkTo(roots).json(JSON.stringify(values, null, space))), values.map(upstreams))
    }),
  )
})

test('a root may hold what a pattern of replacement would read', () => {
  const text = relinkTo({ apiRoot: 'http://host/$&/$1/$$/api/v2/' }).json('["/api/v2/type/1/"]')
  assert.equal(text, '["http://host/$&/$1/$$/api/v2/type/1/"]')
})
