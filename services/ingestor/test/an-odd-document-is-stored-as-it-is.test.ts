import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bench, rowOf, type StubAnswer } from './support.ts'

// What is refused is in a-bad-answer-stores-nothing; docs/bad-input.md lists both.

const { store, stub, handle, emitted } = await bench()

const json = (body: string): StubAnswer => ({ body, headers: { 'content-type': 'application/json' } })

interface Odd {
  readonly what: string
  readonly path?: string
  readonly answer: StubAnswer
  /** SQL over the row, true when it is as it should be. */
  readonly holds: string
}

const odd: readonly Odd[] = [
  {
    what: 'a key that comes twice: the last one counts',
    answer: json('{"name":"a","name":"b"}'),
    holds: 'name = \'b\' and data = \'{"name":"b"}\'',
  },
  { what: 'an empty object', answer: json('{}'), holds: "name is null and data = '{}'" },
  {
    what: 'no encounters',
    path: 'pokemon/1/encounters',
    answer: json('[]'),
    holds: "name is null and data = '[]'",
  },
  {
    what: 'a byte order mark',
    answer: json('\uFEFF{"name":"a"}'),
    holds: "name = 'a'",
  },
  {
    what: '1e400',
    answer: json('{"n":1e400,"m":-1e-400}'),
    holds: "length(data->>'n') = 401 and (data->>'m')::numeric < 0",
  },
  {
    what: 'a string of 10 MB',
    answer: json(JSON.stringify({ name: 'long', text: 'x'.repeat(10_000_000) })),
    holds: "length(data->>'text') = 10000000",
  },
  {
    what: 'a name of 1 MB',
    answer: json(JSON.stringify({ name: 'x'.repeat(1_000_000) })),
    holds: 'length(name) = 1000000',
  },
  {
    what: 'a name that is an object',
    answer: json('{"name":{"a":1}}'),
    holds: "name is null and data->'name'->>'a' = '1'",
  },
  {
    what: 'members called __proto__ and constructor',
    answer: json('{"__proto__":{"name":"a"},"constructor":1}'),
    holds: "name is null and data->'__proto__'->>'name' = 'a' and data->>'constructor' = '1'",
  },
  {
    what: "another resource's id: the path counts",
    answer: json('{"id":999999,"name":"a","url":"https://elsewhere.test/"}'),
    holds: "resource_id <> 999999 and url like 'http://127.0.0.1:%'",
  },
  {
    what: "a Pokémon of another's id and of nothing but wrong types",
    path: 'pokemon/7',
    answer: json(
      '{"id":8,"name":"a","height":1e400,"weight":"9","types":{"0":1},"stats":[null,5],"sprites":[],"cries":null}',
    ),
    holds: `(select p.name = 'a' and height is null and weight is null and types = '{}'
              from pokepedia_pokemon p where id = 7) and not exists (select from pokepedia_pokemon where id = 8)`,
  },
  { what: 'no content type', answer: { body: '{"name":"a"}' }, holds: "name = 'a'" },
  {
    what: 'an ETag that cannot be sent back',
    answer: { body: '{"name":"a"}', headers: { etag: '"é"' } },
    holds: 'etag is null',
  },
]

for (const [i, { what, path = `berry/${i + 1}`, answer, holds }] of odd.entries())
  test(`${what}: stored, and the next time unchanged`, async () => {
    stub.answers.set(path.endsWith('encounters') ? `/${path}` : `/${path}/`, answer)
    assert.equal(await handle(path), 'stored')
    assert.equal(await handle(path), 'unchanged')
    const query = `select (${holds}) as holds from pokeapi_resources where path = $1`
    assert.deepEqual(
      await store.query('looking', query, [path]),
      [{ holds: true }],
      JSON.stringify(await rowOf(store, path)).slice(0, 500),
    )
  })

test('of sprites that are null, empty, relative, data:, of other hosts and named twice each address is asked for once', async () => {
  const media = `${stub.root}media/1.png`
  const sprites = {
    ...{ none: null, empty: '', relative: '/media/2.png', sameScheme: '//host.test/3.png', number: 5 },
    ...{ data: 'data:image/png;base64,AAAA', file: 'file:///4.png', other: 'http://elsewhere.test/5.png' },
    ...{
      one: media,
      again: media,
      andUnderAnotherAddress: `${media}?v=2`,
      long: `${stub.root}${'x'.repeat(3_000)}.png`,
    },
  }
  stub.answers.set('/item/1/', json(JSON.stringify({ name: 'a', sprites })))
  emitted.length = 0
  assert.equal(await handle('item/1'), 'stored')
  const asked = emitted.map(({ url }) => url)
  assert.deepEqual(asked.toSorted(), ['http://elsewhere.test/5.png', media, `${media}?v=2`].toSorted())
})
