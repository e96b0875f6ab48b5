import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'minio'
import { objects, prefix, s3 } from './support.ts'

const { hostname, port } = new URL(s3.endpoint)
const client = new Client({ ...s3, endPoint: hostname, port: Number(port), useSSL: false })

/** What a browser is sent that opens the object at the store itself. */
const headersOf = async (key: string): Promise<Headers> => {
  const answer = await fetch(await client.presignedGetObject(s3.bucket, key, 60))
  assert.equal(answer.status, 200)
  return answer.headers
}

test('an SVG is an attachment, which is downloaded and not run; its type is told, whatever the upstream said', async () => {
  const key = `${prefix}/a.svg`
  await objects.put(
    key,
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'),
    'image/svg+xml',
  )
  const headers = await headersOf(key)
  assert.equal(headers.get('content-type'), 'image/svg+xml')
  assert.equal(headers.get('content-disposition'), 'attachment')
})

test('other images are shown where they are', async () => {
  const key = `${prefix}/a.png`
  await objects.put(key, Buffer.from('\x89PNG', 'latin1'), 'image/png')
  const headers = await headersOf(key)
  assert.equal(headers.get('content-type'), 'image/png')
  assert.equal(headers.get('content-disposition'), null)
})
