import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { errorClassOf, isPipelineError } from '@pokepedia/errors'
import { z } from 'zod'
import { openObjectStore } from '../src/object-store.ts'
import { prefix, s3 } from './support.ts'

const { secured } = z
  .object({ secured: z.object({ s3Port: z.number() }) })
  .parse(JSON.parse(readFileSync(process.env['POKEPEDIA_TEST_STACK'] ?? '', 'utf8')))

/** The store's own HTTPS listener, at a name of this machine. */
const openAt = (protocol: string, host: string) =>
  openObjectStore({ ...s3, endpoint: `${protocol}://${host}:${secured.s3Port}` })

test('an object is put, read and listed over TLS, by the authorities of NODE_EXTRA_CA_CERTS', async () => {
  await using objects = openAt('https', '127.0.0.1')
  const key = `${prefix}/over-tls.png`
  const body = Buffer.from('bytes')
  await objects.put(key, body, 'image/png')
  assert.deepEqual(await objects.get(key), body)
  const listed: string[] = []
  for await (const object of objects.list(`${prefix}/over-tls`)) listed.push(object.key)
  assert.deepEqual(listed, [key])
})

for (const [what, protocol, host, says] of [
  ['at a name that its certificate has not', 'https', 'localhost', /altnames/],
  ['in the clear where it wants TLS', 'http', '127.0.0.1', /./],
] as const)
  test(`a store ${what} is not spoken to: that is an outage, which costs no event`, async () => {
    await using objects = openAt(protocol, host)
    await assert.rejects(objects.put(`${prefix}/x`, Buffer.from('x'), 'image/png'), (error) => {
      assert.ok(isPipelineError(error))
      assert.deepEqual([error.code, errorClassOf(error.code)], ['s3_unavailable', 'pause'])
      assert.match(error.message, says)
      return true
    })
  })
