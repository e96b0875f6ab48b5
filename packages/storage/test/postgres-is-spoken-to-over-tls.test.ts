import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPipelineError } from '@pokepedia/errors'
import { z } from 'zod'
import { openStore } from '../src/index.ts'
import { log, stack } from './support.ts'

const address = (host: string, query: string): string => {
  const url = new URL(stack.postgres)
  url.hostname = host
  return `${url.href}?${query}`
}

const answer = z.tuple([z.object({ ssl: z.boolean() })])

const isEncrypted = async (url: string): Promise<boolean> => {
  await using store = openStore({ url, poolSize: 1 }, log)
  const [{ ssl }] = answer.parse(
    await store.query('asking', 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'),
  )
  return ssl
}

test('sslmode=verify-full: the connection is encrypted, by the authorities of NODE_EXTRA_CA_CERTS or of sslrootcert', async () => {
  const authority = process.env['NODE_EXTRA_CA_CERTS'] ?? ''
  assert.equal(await isEncrypted(address('127.0.0.1', 'sslmode=verify-full')), true)
  assert.equal(await isEncrypted(address('127.0.0.1', `sslmode=verify-full&sslrootcert=${authority}`)), true)
  assert.equal(await isEncrypted(address('127.0.0.1', 'sslmode=disable')), false)
})

test('a server at a name that its certificate has not is not spoken to', async () => {
  await assert.rejects(isEncrypted(address('localhost', 'sslmode=verify-full')), (error) => {
    assert.ok(isPipelineError(error))
    assert.equal(error.code, 'pg_auth')
    assert.match(error.message, /does not match certificate's altnames/)
    return true
  })
})
