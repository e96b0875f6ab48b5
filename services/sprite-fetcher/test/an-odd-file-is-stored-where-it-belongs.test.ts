import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectKeyOf } from '@pokepedia/storage'
import { gif, png, svg } from './media.ts'
import { assetsIn, bench, failureOf, objects, type StubAnswer } from './support.ts'

// What is refused is in a-bad-answer-stores-nothing-and-keeps-what-is-there and an-image-that-is-no-image; the keys of
// all URLs are in packages/storage. docs/bad-input.md lists them all.

const { store, stub, handle } = await bench()

const scripted = Buffer.from(
  `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY leak SYSTEM "file:///etc/passwd">]>${svg('onload="alert(1)"')}`.replace(
    '<path',
    '<script>alert(1)</script><text>&leak;</text><path',
  ),
)
/** Small for its 20,000 × 20,000 pixels: nothing here unpacks pictures, so it costs no memory. */
const bomb = png(1, 1, { width: 20_000, height: 20_000 })

const odd: Readonly<Record<string, StubAnswer & { body: Buffer; path: string; type: string }>> = {
  'an SVG with a script and an external entity': { path: 'a.svg', body: scripted, type: 'image/svg+xml' },
  'a picture that would unpack to 400 MB': { path: 'bomb.png', body: bomb, type: 'image/png' },
  'no content type': { path: 'b.png', body: png(1, 1), type: 'image/png' },
  'a content type of a page': {
    path: 'c.png',
    body: png(1, 1),
    headers: { 'content-type': 'text/html; charset="<script>"' },
    type: 'image/png',
  },
  'no length': { path: 'd.gif', body: gif(), chunked: true, type: 'image/gif' },
  'a path that climbs': { path: 'e/%2e%2e/%2E%2e/../f.png', body: png(1, 1), type: 'image/png' },
  'an escaped slash': { path: '..%2f..%2fg.png', body: png(1, 1), type: 'image/png' },
  'empty segments': { path: '//h//.png', body: png(1, 1), type: 'image/png' },
  unicode: { path: 'ピカチュウ/%00é.png', body: png(1, 1), type: 'image/png' },
  '1,100 characters': { path: `${'y'.repeat(1_100)}.png`, body: png(1, 1), type: 'image/png' },
}
for (const [what, { path, type, ...answer }] of Object.entries(odd))
  test(`${what}: stored in the folder of its host, with our own content type`, async () => {
    const url = `${stub.root}${path}`
    stub.answers.set(new URL(url).pathname, answer)
    assert.equal(await handle(path), 'stored')
    const [asset] = (await assetsIn(store)).filter(({ source_url }) => source_url === url)
    const key = asset?.object_key ?? assert.fail(`no row of ${url}`)
    assert.equal(key, objectKeyOf(url))
    assert.ok(key.startsWith(`127.0.0.1_${new URL(stub.root).port}/`), key)
    assert.ok(key.length <= 1_024 && !key.split('/').includes('..'), key)
    assert.deepEqual(await objects.get(key), answer.body)
    assert.equal(asset?.content_type, type)
  })

test('a chain of three redirects ends at the file, one of four is refused; the row is of the URL that was asked for', async () => {
  for (const i of [4, 3, 2, 1])
    stub.answers.set(`/${i}.png`, { status: 302, headers: { location: `${stub.root}${i - 1}.png` } })
  stub.answers.set('/0.png', { body: png(2, 2) })
  assert.equal((await failureOf(handle('4.png'))).code, 'redirect_refused')
  assert.equal(await handle('3.png'), 'stored')
  const urls = (await assetsIn(store)).map(({ source_url }) => source_url)
  assert.ok(urls.includes(`${stub.root}3.png`) && !urls.includes(`${stub.root}4.png`), urls.join('\n'))
})
