import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { feed, freshQueue, start, until } from './support.ts'

const PARTITIONS = 12
const RECORDS = 42_000
/** Of an id, which is in the key and in the value. */
const PADDING = 'x'.repeat(100)
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

test('of a backlog of 42,000 records a consumer holds a small part', async () => {
  const queue = await freshQueue(TIERS, PARTITIONS)
  const ids = Array.from({ length: RECORDS }, (_, i) => `${i}${PADDING}`)
  await feed(queue, ids)
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
