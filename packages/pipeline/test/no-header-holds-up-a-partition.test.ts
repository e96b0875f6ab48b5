import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HEADER, parseRetryTiers, retryTopic } from '@pokepedia/events'
import { openProducer } from '../src/index.ts'
import { client, encode, freshQueue, start, until } from './support.ts'

const tiers = parseRetryTiers('500ms')
const YEAR_3000 = String(Date.UTC(3000, 0))

test('a record due in the year 3000 waits as long as its topic does, and so does what stands behind it', async () => {
  const queue = await freshQueue(tiers, 1)
  const [tier] = tiers
  assert.ok(tier)
  const topics = [queue.name, retryTopic(queue, tier)]
  await using producer = await openProducer(client)
  for (const topic of topics)
    await producer.send(topic, [
      { key: 'far', value: encode(`${topic} far`), headers: { [HEADER.notBefore]: YEAR_3000 } },
      { key: 'behind', value: encode(`${topic} behind`), headers: {} },
    ])
  const seen: string[] = []
  await using consumer = await start(queue, {
    tiers,
    handler: async ({ id }) => {
      seen.push(id)
      return 'stored'
    },
  })
  await until(
    'all four',
    () => seen,
    () => seen.length === 4,
    15_000,
  )
  await consumer.check()
})
