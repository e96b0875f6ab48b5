import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { errorClassOf, isPipelineError } from '@pokepedia/errors'
import { Client } from 'minio'
import { openObjectStore } from '../src/object-store.ts'
import { objects, prefix, s3 } from './support.ts'

const body = Buffer.from('bytes')
const classOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: unknown) => (isPipelineError(error) ? `${error.code}: ${errorClassOf(error.code)}` : String(error)),
  )

test('an object comes back as it was put, and is listed', async () => {
  const key = `${prefix}/a/25.png`
  await objects.put(key, body, 'image/png')
  assert.deepEqual(await objects.get(key), body)
  assert.equal(await objects.sizeOf(key), body.length)
  assert.equal(await objects.sizeOf(`${prefix}/none`), undefined)
  assert.equal(await classOf(objects.get(`${prefix}/none`)), 'object_refused: dead')
})

test('more objects than one page holds are all listed', async () => {
  const keys = Array.from({ length: 1_050 }, (_, i) => `${prefix}/many/${i}.png`)
  for (let at = 0; at < keys.length; at += 50)
    await Promise.all(keys.slice(at, at + 50).map((key) => objects.put(key, body, 'image/png')))
  const listed: string[] = []
  for await (const { key, size } of objects.list(`${prefix}/many/`)) {
    listed.push(key)
    assert.equal(size, body.length)
  }
  assert.deepEqual(listed.toSorted(), keys.toSorted())
})

test('wrong keys and a missing bucket are fatal, a store that is away is waited for', async () => {
  const wrongSecret = openObjectStore({ ...s3, secretKey: 'not-the-secret' })
  const noBucket = openObjectStore({ ...s3, bucket: 'no-such-bucket' })
  const away = openObjectStore({ ...s3, endpoint: 'http://127.0.0.1:1' })
  assert.equal(await classOf(wrongSecret.put(`${prefix}/x`, body, 'image/png')), 's3_config: fatal')
  assert.equal(await classOf(noBucket.put(`${prefix}/x`, body, 'image/png')), 's3_config: fatal')
  assert.equal(await classOf(noBucket.ping()), 's3_config: fatal')
  assert.equal(await classOf(away.put(`${prefix}/x`, body, 'image/png')), 's3_unavailable: pause')
  assert.equal(await classOf(away.ping()), 's3_unavailable: pause')
  await objects.ping()
})

test('a key that no store takes is dead, and holds up nothing behind it', async () => {
  for (const key of ['', 'k'.repeat(2_000)])
    assert.equal(await classOf(objects.put(key, body, 'image/png')), 'object_refused: dead')
})

test('an SVG is handed out as a file of its own type, which no browser opens as a page; a picture as a picture', async () => {
  const { hostname, port } = new URL(s3.endpoint)
  const { accessKey, secretKey, bucket } = s3
  const client = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey })
  for (const [type, disposition] of [
    ['image/svg+xml', 'attachment'],
    ['image/png', undefined],
  ] as const) {
    const key = `${prefix}/handed-out`
    await objects.put(key, body, type)
    const { metaData } = await client.statObject(bucket, key)
    assert.deepEqual([metaData['content-type'], metaData['content-disposition']], [type, disposition])
  }
})

const answering = async (answer: Parameters<typeof createServer>[1]): Promise<string> => {
  const server = createServer(answer ?? (() => undefined))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

test('a store that takes a request and never answers is away, in time', { timeout: 10_000 }, async () => {
  const silent = openObjectStore({ ...s3, endpoint: await answering(() => undefined), silenceMs: 200 })
  assert.equal(await classOf(silent.put('a/b.png', body, 'image/png')), 's3_unavailable: pause')
})

for (const status of [500, 502, 503, 504])
  test(`an answer of ${status} is the store being away`, async () => {
    const endpoint = await answering((_, response) => response.writeHead(status).end('<html>proxy</html>'))
    const failing = openObjectStore({ ...s3, endpoint })
    assert.equal(await classOf(failing.put('a/b.png', body, 'image/png')), 's3_unavailable: pause')
  })
