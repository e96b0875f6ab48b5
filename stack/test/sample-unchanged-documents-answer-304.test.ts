import assert from 'node:assert/strict'
import { test } from 'node:test'
import { upstreamFor } from './sample-support.ts'

test('If-None-Match with the ETag gives 304 without a body, for documents and media', async (t) => {
  const upstream = await upstreamFor(t)
  const media = new URL('/media/PokeAPI/sprites/1.png', upstream.url).href
  for (const url of [`${upstream.url}pokemon/1/`, `${upstream.url}type/?limit=3`, upstream.url, media]) {
    const first = await fetch(url)
    const etag = first.headers.get('etag') ?? ''
    assert.ok(etag.length > 10 && first.headers.get('cache-control'), url)
    assert.equal((await first.arrayBuffer()).byteLength, Number(first.headers.get('content-length')))
    for (const asked of [etag, `"other", ${etag}`, etag.replace('W/', ''), '*']) {
      const again = await fetch(url, { headers: { 'if-none-match': asked } })
      assert.deepEqual([again.status, again.headers.get('etag'), await again.text()], [304, etag, ''], asked)
    }
    const other = await fetch(url, { headers: { 'if-none-match': '"other"' } })
    assert.deepEqual([other.status, other.headers.get('etag')], [200, etag])
    await other.arrayBuffer()
  }
  assert.deepEqual(upstream.requests, { json: 18, media: 6, notModified: 16 })
})

test('documents are JSON in UTF-8 and HEAD has the same headers without the body', async (t) => {
  const { url } = await upstreamFor(t)
  const got = await fetch(`${url}ability/1/`)
  const asked = await fetch(`${url}ability/1/`, { method: 'HEAD' })
  const headers = ['content-type', 'content-length', 'etag', 'cache-control']
  assert.equal(got.headers.get('content-type'), 'application/json; charset=utf-8')
  assert.deepEqual(
    headers.map((name) => asked.headers.get(name)),
    headers.map((name) => got.headers.get(name)),
  )
  assert.equal(await asked.text(), '')
  assert.equal((await fetch(url, { method: 'POST' })).status, 405)
})
