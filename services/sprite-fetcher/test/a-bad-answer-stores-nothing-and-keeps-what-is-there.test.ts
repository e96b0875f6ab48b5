import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '@pokepedia/errors'
import { spriteRequestedFromJson } from '@pokepedia/events'
import { settleDead } from '../src/dead.ts'
import { gif, png } from './media.ts'
import { assetsIn, bench, context, failureOf, newRun, objects, runOf, type StubAnswer } from './support.ts'

const BAD: Readonly<Record<string, StubAnswer & { code: string; says: RegExp }>> = {
  'an HTML page': { body: '<!doctype html><html></html>', code: 'image_invalid', says: /an HTML page/ },
  'nothing at all': { body: '', code: 'image_invalid', says: /empty/ },
  'a GIF under the name of a PNG': { body: gif(), code: 'image_invalid', says: /the URL says PNG, the bytes are GIF/ },
  'half a PNG, declared as such': { body: png(40, 40).subarray(0, 40), code: 'image_invalid', says: /IEND/ },
  'half a body': { body: png(40, 40), cutAt: 30, code: 'truncated', says: /ended early/ },
  'a body over the limit': { body: Buffer.alloc(1_000_001), code: 'body_too_large', says: /1000000/ },
  'a host that asks to slow down': { status: 429, headers: { 'retry-after': '30' }, code: 'http_429', says: /429/ },
}

const { store, stub, handle } = await bench()
stub.answers.set('/old.png', { body: png(1, 1) })
await handle('old.png')

for (const [name, { code, says, ...answer }] of Object.entries(BAD)) {
  test(`${name}: ${code}; no object and no row, and an earlier file stays`, async () => {
    stub.answers.set('/new.png', answer)
    const error = await failureOf(handle('new.png'))
    assert.equal(error.code, code)
    assert.match(error.message, says)
    assert.equal((await assetsIn(store)).length, 1)

    stub.answers.set('/old.png', answer)
    assert.equal((await failureOf(handle('old.png'))).code, code)
    const [kept] = await assetsIn(store)
    assert.deepEqual(await objects.get(kept?.object_key ?? ''), png(1, 1))
    for await (const { key } of objects.list(kept?.object_key.replace('old.png', 'new.png')))
      assert.fail(`stored ${key}`)
  })
}

test('a host that is not allowed is refused', async () => {
  const { handler } = await bench()
  const event = spriteRequestedFromJson({ url: 'http://127.0.0.1:1/25.png' })
  assert.equal((await failureOf(handler(event, context))).code, 'host_refused')
})

test('a 404 marks the file and keeps its row and object; it is asked for again and comes back', async () => {
  const { store, stub, handle } = await bench(3_600_000)
  assert.equal(await handle('25.png'), 'gone')
  assert.deepEqual(await assetsIn(store), [])
  stub.answers.set('/25.png', { body: png(1, 1), headers: { etag: '"1"' } })
  await handle('25.png')
  stub.answers.delete('/25.png')
  assert.equal(await handle('25.png', await newRun(store, true)), 'gone')
  const [gone] = await assetsIn(store)
  assert.equal(gone?.status, 'gone')
  assert.deepEqual(await objects.get(gone?.object_key ?? ''), png(1, 1))
  stub.answers.set('/25.png', { body: png(1, 1), headers: { etag: '"1"' } })
  assert.equal(await handle('25.png'), 'stored')
  assert.equal((await assetsIn(store))[0]?.status, 'stored')
})

test('a dead letter settles the ledger, also when its bytes are no event', async () => {
  const { store, stub } = await bench()
  const runId = await newRun(store)
  const urls = ['a.png', 'b.png', 'c.png'].map((name) => `${stub.root}${name}`)
  await store.query(
    'entering',
    `insert into pokepedia_run_ledger (run_id, queue, key, resource_type)
     select $1, 'pokepedia.sprites', key, 'pokemon' from unnest($2::text[]) as key`,
    [runId, urls],
  )
  const [first = '', second = ''] = urls
  const settle = settleDead(store)
  const error = errors('image_invalid', 'no image')
  const { delivery } = context
  await settle({ event: spriteRequestedFromJson({ url: first, runId }), delivery, runId: undefined, error })
  await settle({ event: undefined, delivery: { ...delivery, key: second }, runId, error })
  await settle({ event: undefined, delivery, runId, error })
  const counts = (await runOf(store, runId)).counts['pokepedia.sprites']
  assert.deepEqual([counts?.requested, counts?.dead, counts?.in_flight], [3, 2, 1])
})
