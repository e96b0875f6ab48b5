import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { indexOf, jsonAt, listUrlsOf, pageAt, stringsIn, upstreamFor, urlsOn } from './sample-support.ts'

test('the index names 49 lists and meta, which is a document', async (t) => {
  const { url } = await upstreamFor(t)
  const index = await indexOf(url)
  assert.equal(Object.keys(index).length, 50)
  assert.deepEqual(Object.keys(z.looseObject({}).parse(await jsonAt(index['meta'] ?? ''))).sort(), [
    'deploy_date',
    'hash',
    'tag',
  ])
  for (const list of await listUrlsOf(url)) assert.ok((await pageAt(list)).count > 0, list)
})

test('pages of any size hold every resource of a type exactly once', async (t) => {
  const { url } = await upstreamFor(t, { kind: 'generated', pokemon: 60 })
  const lists = await listUrlsOf(url)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...lists), fc.integer({ min: 1, max: 80 }), async (list, limit) => {
      const { count } = await pageAt(list)
      const urls = await urlsOn(`${list}?limit=${limit}`)
      const whole = await pageAt(`${list}?limit=100000`)
      assert.equal(new Set(urls).size, count)
      assert.deepEqual(
        urls,
        whole.results.map((entry) => entry.url),
      )
      assert.equal(whole.next, null)
    }),
    { numRuns: 60 },
  )
})

test('a page is 20 long unless asked, and its links are those of the live API', async (t) => {
  const { url } = await upstreamFor(t, { kind: 'generated', pokemon: 50 })
  const list = `${url}pokemon`
  const first = await pageAt(list)
  assert.deepEqual([first.results.length, first.previous, first.next], [20, null, `${list}?offset=20&limit=20`])
  const second = await pageAt(first.next ?? '')
  assert.deepEqual([second.previous, second.next], [`${list}?offset=0&limit=20`, `${list}?offset=40&limit=10`])
  assert.equal((await pageAt(`${list}?offset=1000`)).results.length, 0)
  assert.equal((await pageAt(`${list}?limit=0&offset=nonsense`)).results.length, 20)
})

test('types without names are listed by URL alone', async (t) => {
  const { url } = await upstreamFor(t)
  for (const type of ['machine', 'characteristic', 'evolution-chain', 'contest-effect', 'super-contest-effect']) {
    for (const entry of (await pageAt(`${url}${type}/`)).results) assert.deepEqual(Object.keys(entry), ['url'])
  }
})

test('every listed resource exists, and every link in it leads to one', async (t) => {
  const { url } = await upstreamFor(t)
  const open = (await Promise.all((await listUrlsOf(url)).map((list) => urlsOn(`${list}?limit=500`)))).flat()
  const known = new Set(open)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const links = stringsIn(await jsonAt(next)).filter((text) => text.startsWith(url) && !known.has(text))
    for (const link of links) open.push(known.add(link) && link)
  }
  const beyondLists = [...known].filter((link) => !/\/-?\d+\/$/.test(link))
  assert.equal(beyondLists.length, 12)
  for (const link of beyondLists) assert.match(link, /\/pokemon\/\d+\/encounters$/)
})

test('a resource has its name, its path without the last slash and in any case; the unknown is 404', async (t) => {
  const { url } = await upstreamFor(t)
  const { results } = await pageAt(`${url}pokemon/`)
  const body = await (await fetch(`${url}pokemon/3/`)).text()
  for (const path of ['pokemon/3', 'Pokemon/3/', `pokemon/${results[2]?.name}`]) {
    assert.equal(await (await fetch(url + path)).text(), body, path)
  }
  const unknown = [
    'pokemon/13/',
    'pokemon/0',
    'pokemon/03',
    'nothing/',
    'nothing/1',
    'type/1/encounters',
    'pokemon/1/x',
    '../x',
  ]
  for (const path of unknown) {
    const answer = await fetch(url + path)
    assert.deepEqual([answer.status, await answer.text()], [404, 'Not Found'], path)
  }
})
