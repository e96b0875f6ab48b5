import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Queue } from '@pokepedia/events'
import { openProducer } from '../src/index.ts'
import { client, encode, freshQueue, start, until } from './support.ts'

const PARTITIONS = 12
const RECORDS = 42_000
const PADDING = 'x'.repeat(200)
const TIERS = [{ label: '1s', delayMs: 1_000 }] as const

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** What is alive, in MB. */
const aliveMb = (): number => {
  assert.ok(typeof collect === 'function')
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}

const write = async (queue: Queue): Promise<void> => {
  await using producer = await openProducer(client)
  const record = (_: unknown, i: number) => ({ key: `${i}`, value: encode(`${i}${PADDING}`), headers: {} })
  await producer.send(queue.name, Array.from({ length: RECORDS }, record))
}

test('of a backlog of 42,000 records a consumer holds a small part', async () => {
  const queue = await freshQueue(TIERS, PARTITIONS)
  await write(queue)
  const inWork: (() => void)[] = []
  const handler = () => new Promise<'stored'>((resolve) => inWork.push(() => resolve('stored')))
  await using _ = await start(queue, { tiers: TIERS, handler, concurrency: 16 })
  await until(
    'a full load of work',
    () => inWork.length,
    () => inWork.length >= 15,
  )
  // What the writing left goes when its connection is closed.
  await until('less than 30 MB alive', aliveMb, () => aliveMb() < 30)
  for (const finish of inWork) finish()
})
