import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { choosePorts, freePort } from '../src/local/index.ts'

const directory = await mkdtemp(join(tmpdir(), 'pokepedia-ports-'))
after(() => rm(directory, { recursive: true, force: true }))
const names = ['kafka', 's3'] as const

const occupied = async (port: number): Promise<AsyncDisposable> => {
  const server = createServer().listen({ host: '127.0.0.1', port })
  await once(server, 'listening')
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) }
}

test('a remembered port is kept while it is free and replaced when it is taken', async () => {
  const first = await choosePorts(directory, names)
  assert.deepEqual(await choosePorts(directory, names), first)
  await using _ = await occupied(first.kafka)
  const second = await choosePorts(directory, names)
  assert.notEqual(second.kafka, first.kafka)
  assert.equal(second.s3, first.s3)
})

test('a given port that is taken is explained', async () => {
  const { kafka } = await choosePorts(directory, names)
  await using _ = await occupied(kafka)
  await assert.rejects(
    choosePorts(directory, names, { kafka }),
    new RegExp(`port ${kafka}, given for kafka, is in use`),
  )
})

test('a port that was chosen and does not listen yet is not chosen for another server', async () => {
  const chosen: number[] = []
  for (let n = 0; n < 500; n += 1) chosen.push(await freePort())
  assert.equal(new Set(chosen).size, 500)
})
