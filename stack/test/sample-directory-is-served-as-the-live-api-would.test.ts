import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isPipelineError } from '@pokepedia/errors'
import fc from 'fast-check'
import { absolute, startSampleUpstream } from '../src/index.ts'
import { pageAt, upstreamFor, urlsOn } from './sample-support.ts'

const MEDIA = 'https://raw.githubusercontent.com/PokeAPI/sprites/master/sprites/pokemon/25.png'

const DOCUMENTS: Readonly<Record<string, unknown>> = {
  '': { machine: '/api/v2/machine/', meta: '/api/v2/meta/', pokemon: '/api/v2/pokemon/' },
  meta: { deploy_date: '1', hash: 'a', tag: null },
  machine: { count: 1, next: null, previous: null, results: [{ url: '/api/v2/machine/1/' }] },
  'machine/1': { id: 1, item: { name: 'tm', url: '/api/v2/item/1/' } },
  pokemon: {
    count: 2,
    next: null,
    previous: null,
    results: [
      { name: 'pika "p" chu', url: '/api/v2/pokemon/25/' },
      { name: 'minus', url: '/api/v2/pokemon/-1/' },
    ],
  },
  'pokemon/25': {
    z_first: 'keys keep their order',
    location_area_encounters: '/api/v2/pokemon/25/encounters',
    sprites: { front_default: MEDIA, back_default: null },
    text: 'an "escaped" \\ text: [1, 2],\n{"a": "/api/v2/no/"} Pokémon ポケ \u2028',
  },
  'pokemon/25/encounters': [{ url: '/api/v2/location-area/1/' }],
  'pokemon/-1': { id: -1 },
}

const directoryFor = async (t: TestContext): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'pokepedia-sample-'))
  t.after(() => rm(directory, { recursive: true }))
  for (const [path, value] of Object.entries(DOCUMENTS)) {
    const file = join(directory, 'data/api/v2', path, 'index.json')
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, JSON.stringify(value, undefined, 4))
  }
  return directory
}

/** What the live API would send, by the slow and obvious way. */
const expected = (value: unknown, origin: string): string =>
  JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== 'string') return each
    if (each.startsWith('/api/v2/')) return origin + each
    return each.replace(/^https:\/\/raw\.githubusercontent\.com\//, `${origin}/media/`)
  })

test('every document of a directory is served minified, links absolute, media on this server', async (t) => {
  const { url } = await upstreamFor(t, { kind: 'directory', directory: await directoryFor(t) })
  const origin = new URL(url).origin
  for (const [path, value] of Object.entries(DOCUMENTS)) {
    assert.equal(await (await fetch(url + path)).text(), expected(value, origin), path)
  }
  assert.deepEqual(await urlsOn(`${url}pokemon/?limit=1`), [`${url}pokemon/25/`, `${url}pokemon/-1/`])
  assert.deepEqual((await pageAt(`${url}machine`)).results, [{ url: `${url}machine/1/` }])
  assert.equal((await fetch(`${origin}/media/PokeAPI/sprites/master/sprites/pokemon/25.png`)).status, 200)
  assert.equal((await fetch(`${url}pokemon/26`)).status, 404)
})

test('a directory without PokeAPI data is refused with the reason', async () => {
  await assert.rejects(
    startSampleUpstream({ source: { kind: 'directory', directory: join(tmpdir(), 'pokepedia-nothing-here') } }),
    (error) => isPipelineError(error) && error.code === 'upstream_dir_invalid' && /index\.json/.test(error.message),
  )
})

test('absolute() changes links and blanks, and nothing else, in any JSON of any layout', () => {
  const origin = 'http://127.0.0.1:8080'
  const link = fc.constantFrom('/api/v2/type/1/', MEDIA, '": /api/v2/', '"/api/v2/', ' /api/v2/', '\\"/api/v2/\\')
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      link,
      fc.string({ unit: 'binary' }),
      fc.integer(),
      fc.constant(null),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', 'url', 'k"ey', 'b\\', 'ポ'), tie('tree'), { noNullPrototype: true }),
    ),
  }))
  fc.assert(
    fc.property(tree, fc.constantFrom(undefined, 4, '\t', '\r\n '), (value, layout) => {
      const text = JSON.stringify(value, undefined, layout)
      assert.equal(absolute(` ${text}\r\n`, origin), expected(value, origin))
    }),
    { numRuns: 300 },
  )
})

test('a document of a directory is answered 304 until its file changes, and then in full', async (t) => {
  const directory = await directoryFor(t)
  const { url, faults } = await upstreamFor(t, { kind: 'directory', directory })
  const get = async (etag?: string) => {
    const answer = await fetch(`${url}pokemon/-1/`, etag === undefined ? {} : { headers: { 'if-none-match': etag } })
    return { status: answer.status, etag: answer.headers.get('etag') ?? '', text: await answer.text() }
  }
  const first = await get()
  assert.deepEqual(await get(first.etag), { status: 304, etag: first.etag, text: '' })
  assert.deepEqual(await get('"other"'), first)

  faults.push({ match: '/pokemon/-1/$', kind: 'oversized', bodyBytes: 64 })
  assert.equal((await get(first.etag)).text.length, 64, 'a fault has a whole answer to spoil')
  faults.pop()

  await writeFile(join(directory, 'data/api/v2/pokemon/-1/index.json'), '{"id":-1,"name":"minus"}')
  const other = await get(first.etag)
  assert.deepEqual([other.status, other.text], [200, '{"id":-1,"name":"minus"}'])
  assert.deepEqual(await get(other.etag), { status: 304, etag: other.etag, text: '' })

  await rm(join(directory, 'data/api/v2/pokemon/-1'), { recursive: true })
  assert.equal((await get(other.etag)).status, 404)
})
