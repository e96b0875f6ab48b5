import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { openObjectStore } from '@pokepedia/storage/object-store'
import { gif, png, svg } from './media.ts'
import { assetsIn, bench, failureOf, newRun, objects, runOf, stack } from './support.ts'

test('a stored file has its object, and a row with its facts from our own reading of the bytes', async () => {
  const { store, stub, handle } = await bench()
  const body = png(3, 2)
  stub.answers.set('/s/25.png', { body, headers: { etag: '"1"', 'content-type': 'text/html; injected' } })
  assert.equal(await handle('s/25.png'), 'stored')
  const rows = await store.query(
    'reading',
    'select source_url, bucket, object_key, content_type, bytes::int, sha256, etag, width, height, status from pokepedia_assets',
  )
  const [asset] = await assetsIn(store)
  assert.deepEqual(rows, [
    {
      source_url: `${stub.root}s/25.png`,
      bucket: objects.bucket,
      object_key: asset?.object_key,
      content_type: 'image/png',
      bytes: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
      etag: '"1"',
      width: 3,
      height: 2,
      status: 'stored',
    },
  ])
  assert.deepEqual(await objects.get(asset?.object_key ?? ''), body)
})

test('every format is stored', async () => {
  const { store, stub, handle } = await bench()
  stub.answers.set('/a.gif', { body: gif() })
  stub.answers.set('/a.svg', { body: svg() })
  assert.deepEqual([await handle('a.gif'), await handle('a.svg')], ['stored', 'stored'])
  for (const { object_key } of await assetsIn(store)) assert.ok(await objects.sizeOf(object_key))
})

test('while the object store is away there is no row and no outcome, and the next delivery stores the file', async () => {
  const away = openObjectStore({ ...stack.s3, endpoint: 'http://127.0.0.1:1', region: 'us-east-1' })
  const { store, stub, handle } = await bench(0, away)
  stub.answers.set('/25.png', { body: png(1, 1) })
  assert.equal((await failureOf(handle('25.png'))).code, 's3_unavailable')
  assert.deepEqual(await assetsIn(store), [])
  await away[Symbol.asyncDispose]()
})

test('the outcome of a run stands in its ledger with the row', async () => {
  const { store, stub, handle } = await bench()
  stub.answers.set('/25.png', { body: png(1, 1) })
  const runId = await newRun(store)
  await store.query(
    'entering',
    `insert into pokepedia_run_ledger (run_id, queue, key, resource_type) values ($1, 'pokepedia.sprites', $2, 'pokemon')`,
    [runId, `${stub.root}25.png`],
  )
  assert.equal(await handle('25.png', runId), 'stored')
  assert.equal(await handle('25.png', runId), 'unchanged')
  const counts = (await runOf(store, runId)).counts['pokepedia.sprites']
  assert.deepEqual([counts?.requested, counts?.stored, counts?.unchanged], [1, 1, 0])
})
