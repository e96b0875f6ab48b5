import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listUrlsOf, stringsIn, upstreamFor, urlsOn } from './sample-support.ts'

const bodiesOf = async (url: string): Promise<Map<string, string>> => {
  const lists = await listUrlsOf(url)
  const urls = (await Promise.all(lists.map((list) => urlsOn(`${list}?limit=1000`)))).flat()
  const bodies = new Map<string, string>()
  for (const each of [...urls, `${url}pokemon/1/encounters`]) {
    const text = await (await fetch(each)).text()
    bodies.set(new URL(each).pathname, text.replaceAll(new URL(url).origin, ''))
  }
  return bodies
}

test('the same seed makes the same documents, another seed others', async (t) => {
  const source = { kind: 'generated', pokemon: 12 } as const
  const [one, again, other] = await Promise.all(
    [
      { ...source, seed: 7 },
      { ...source, seed: 7 },
      { ...source, seed: 8 },
    ].map(async (each) => bodiesOf((await upstreamFor(t, each)).url)),
  )
  assert.deepEqual(one, again)
  assert.notEqual(one?.get('/api/v2/pokemon/1/'), other?.get('/api/v2/pokemon/1/'))
})

test('151 pokemon make about a thousand resources and two thousand media files', async (t) => {
  const { url } = await upstreamFor(t, { kind: 'generated', pokemon: 151 })
  const bodies = await bodiesOf(url)
  const media = new Set([...bodies.values()].flatMap((body) => stringsIn(JSON.parse(body)).filter(isMedia)))
  assert.ok(bodies.size > 800 && bodies.size < 1500, `${bodies.size} resources`)
  assert.ok(media.size > 1500 && media.size < 2500, `${media.size} media files`)
  const extensions = new Set([...media].map((path) => path.slice(-3)))
  assert.deepEqual([...extensions].sort(), ['gif', 'ogg', 'png', 'svg'])
})

const isMedia = (text: string): boolean => text.startsWith('/media/')

test('100,000 pokemon are all listed and served', async (t) => {
  const { url } = await upstreamFor(t, { kind: 'generated', pokemon: 100_000 })
  const urls = await urlsOn(`${url}pokemon/?limit=100000`)
  assert.equal(urls.length, 100_000)
  assert.equal(new Set(urls).size, 100_000)
  const species = await (await fetch(`${url}pokemon-species/100000/`)).json()
  assert.ok(stringsIn(species).includes(`${url}evolution-chain/33334/`))
  assert.equal((await fetch(`${url}pokemon/100001/`)).status, 404)
})
