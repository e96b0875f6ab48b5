import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRetryTiers, topicCatalogue } from '@pokepedia/events'
import { openAdmin } from '../src/index.ts'
import { client, freshQueue } from './support.ts'

const tiers = parseRetryTiers('500ms')

test('a topic with fewer or more partitions than declared is named with both numbers and stays as it is', async () => {
  const queue = await freshQueue(tiers, 2)
  await using admin = await openAdmin(client)
  for (const declared of [3, 1]) {
    const { created, drift } = await admin.ensureTopics(topicCatalogue(tiers, [{ ...queue, partitions: declared }]))
    assert.deepEqual(created, [])
    const [own] = drift.filter(({ topic, what }) => topic === queue.name && what === 'partitions')
    assert.deepEqual(own, { topic: queue.name, what: 'partitions', declared: String(declared), actual: '2' })
    assert.equal((await admin.ranges(queue.name)).length, 2)
  }
})
