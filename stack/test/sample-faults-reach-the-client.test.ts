import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultRule } from '../src/index.ts'
import { upstreamFor } from './sample-support.ts'

const MEDIA = '/media/PokeAPI/sprites/1.png'

const statuses = async (url: string, count: number): Promise<number[]> => {
  const seen: number[] = []
  for (let index = 0; index < count; index++) {
    const answer = await fetch(url)
    await answer.arrayBuffer()
    seen.push(answer.status)
  }
  return seen
}

test('a status comes with Retry-After, for the first requests of each path only', async (t) => {
  const rule: FaultRule = { match: '/pokemon/', kind: 'status', status: 429, retryAfterSeconds: 3, times: 2 }
  const { url } = await upstreamFor(t, undefined, [rule])
  const answer = await fetch(`${url}pokemon/1/`)
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [429, '3'])
  await answer.text()
  assert.deepEqual(await statuses(`${url}pokemon/1/`, 3), [429, 200, 200])
  assert.deepEqual(await statuses(`${url}pokemon/2/`, 3), [429, 429, 200])
  assert.deepEqual(await statuses(`${url}type/2/`, 1), [200])
})

test('a rule pushed at run time works at once and starts its own count', async (t) => {
  const { url, faults } = await upstreamFor(t)
  assert.deepEqual(await statuses(`${url}stat/1/`, 2), [200, 200])
  faults.push({ match: '/stat/', kind: 'status', times: 1 })
  assert.deepEqual(await statuses(`${url}stat/1/`, 2), [503, 200])
  faults.push({ match: '/stat/', kind: 'gone', status: 410 })
  assert.deepEqual(await statuses(`${url}stat/1/`, 1), [410])
  faults.length = 0
  assert.deepEqual(await statuses(`${url}stat/1/`, 1), [200])
})

test('with a probability, the same requests fail in every run, and about as many as asked', async (t) => {
  const rule: FaultRule = { match: '/nature/', kind: 'status', probability: 0.3, seed: 5 }
  const runs = [await upstreamFor(t, undefined, [rule]), await upstreamFor(t, undefined, [{ ...rule }])]
  const [first, second] = await Promise.all(
    runs.map(async ({ url }) => {
      const all: number[] = []
      for (let id = 1; id <= 25; id++) all.push(...(await statuses(`${url}nature/${id}/`, 8)))
      return all
    }),
  )
  assert.deepEqual(first, second)
  const failed = (first ?? []).filter((status) => status === 503).length
  assert.ok(failed > 35 && failed < 85, `${failed} of 200 failed`)
})

test('latency delays the answer and lets the next rule decide', async (t) => {
  const slow: FaultRule = { match: '.', kind: 'latency', delayMs: 120 }
  const { url } = await upstreamFor(t, undefined, [slow, { match: '/type/', kind: 'gone' }])
  const start = performance.now()
  assert.equal((await fetch(`${url}type/1/`)).status, 404)
  assert.equal((await fetch(`${url}stat/1/`)).status, 200)
  assert.ok(performance.now() - start >= 230)
})

test('a hang gives nothing until the client leaves', async (t) => {
  const { url } = await upstreamFor(t, undefined, [{ match: '.', kind: 'hang' }])
  await assert.rejects(fetch(url, { signal: AbortSignal.timeout(200) }), { name: 'TimeoutError' })
})

test('a reset and a truncated body are errors of the connection', async (t) => {
  const { url, faults } = await upstreamFor(t, undefined, [{ match: '.', kind: 'reset' }])
  await assert.rejects(fetch(url), ({ cause }) => cause.code === 'ECONNRESET')
  faults.splice(0, 1, { match: '.', kind: 'truncate' })
  const answer = await fetch(`${url}pokemon/1/`)
  assert.equal(answer.status, 200)
  assert.ok(Number(answer.headers.get('content-length')) > 1000)
  await assert.rejects(answer.text(), /terminated/)
})

test('bodies that are not what they claim', async (t) => {
  const { url, faults } = await upstreamFor(t)
  const media = new URL(MEDIA, url).href
  const answerTo = async (kind: FaultRule['kind'], at: string, more: Partial<FaultRule> = {}) => {
    faults.splice(0, faults.length, { match: '.', kind, ...more })
    const answer = await fetch(at)
    assert.equal(answer.status, 200)
    const body = await answer.text()
    assert.equal(Number(answer.headers.get('content-length')), Buffer.byteLength(body))
    return { type: answer.headers.get('content-type') ?? '', body }
  }
  const html = await answerTo('wrong_type', `${url}type/1/`)
  assert.match(html.type + html.body, /^text\/html; charset=utf-8<!doctype html>/)
  const text = await answerTo('not_image', media)
  assert.match(text.type + text.body, /^image\/pngversion/)
  const broken = await answerTo('invalid_json', `${url}type/1/`)
  assert.match(broken.type, /^application\/json/)
  assert.throws(() => JSON.parse(broken.body), SyntaxError)
  assert.equal((await answerTo('empty', media)).body, '')
  const large = await answerTo('oversized', `${url}type/1/`, { bodyBytes: 3_000_000 })
  assert.equal(Buffer.byteLength(large.body), 3_000_000)
  assert.equal(JSON.parse(large.body).id, 1)
})

test('an oversized body stops when the client leaves', async (t) => {
  const { url } = await upstreamFor(t, undefined, [{ match: '.', kind: 'oversized', bodyBytes: 2 ** 33 }])
  const leave = new AbortController()
  const answer = await fetch(url, { signal: leave.signal })
  assert.equal(answer.headers.get('content-length'), `${2 ** 33}`)
  leave.abort()
})

test('a dripping body comes whole, and slowly', async (t) => {
  const { url, faults } = await upstreamFor(t)
  const body = await (await fetch(`${url}pokemon/1/`)).text()
  faults.push({ match: '.', kind: 'drip', delayMs: 10 })
  const start = performance.now()
  assert.equal(await (await fetch(`${url}pokemon/1/`)).text(), body)
  assert.ok(performance.now() - start >= 190)
})

test('a redirect leads elsewhere', async (t) => {
  const { url } = await upstreamFor(t, undefined, [
    { match: '.', kind: 'redirect', location: 'http://elsewhere.invalid/' },
  ])
  const answer = await fetch(url, { redirect: 'manual' })
  assert.deepEqual([answer.status, answer.headers.get('location')], [302, 'http://elsewhere.invalid/'])
})

test('a change gives other valid bytes under another ETag, until the next change', async (t) => {
  const { url, faults } = await upstreamFor(t)
  for (const at of [`${url}pokemon/1/`, new URL(MEDIA, url).href]) {
    faults.length = 0
    const bodies: string[] = []
    const etags: (string | null)[] = []
    for (const revision of [undefined, 1, 2]) {
      if (revision !== undefined) faults.splice(0, faults.length, { match: '.', kind: 'changed', revision })
      const answer = await fetch(at)
      bodies.push(Buffer.from(await answer.arrayBuffer()).toString('latin1'))
      etags.push(answer.headers.get('etag'))
      const again = await fetch(at, { headers: { 'if-none-match': etags.at(-1) ?? '' } })
      assert.equal(again.status, 304)
    }
    assert.deepEqual([new Set(bodies).size, new Set(etags).size], [3, 3])
  }
  assert.match(await (await fetch(`${url}pokemon/1/`)).text(), /^\{"sample_revision":2,/)
})

test('stop ends hanging requests too', async (t) => {
  const upstream = await upstreamFor(t, undefined, [{ match: '/type/', kind: 'hang' }])
  await (await fetch(`${upstream.url}stat/1/`)).text()
  const hanging = assert.rejects(fetch(`${upstream.url}type/1/`))
  while (upstream.requests.json < 2) await new Promise(setImmediate)
  const start = performance.now()
  await upstream.stop()
  await hanging
  assert.ok(performance.now() - start < 2000)
  await assert.rejects(fetch(upstream.url))
})
