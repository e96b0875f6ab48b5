import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { murmur2, partitioner } from '../src/producer/partitioner.ts'

test('the hash is that of org.apache.kafka.common.utils.UtilsTest', () => {
  const known = {
    '21': -973932308,
    foobar: -790332482,
    'a-little-bit-long-string': -985981536,
    'a-little-bit-longer-string': -1486304829,
    lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
    abc: 479470107,
  }
  for (const [key, hash] of Object.entries(known)) assert.equal(murmur2(Buffer.from(key)), hash, key)
})

test('every key goes to the partition that kafkajs would choose', () => {
  const [ours, theirs] = [partitioner(), Partitioners.DefaultPartitioner()]
  const key = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.uint8Array().map(Buffer.from))
  fc.assert(
    fc.property(key, fc.integer({ min: 1, max: 1_000 }), (one, count) => {
      const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
        ...{ partitionErrorCode: 0, partitionId, leader: 0, replicas: [], isr: [] },
      }))
      const record = { topic: 't', partitionMetadata, message: { key: one, value: null } }
      assert.equal(ours(record), theirs(record))
    }),
    { numRuns: 2_000 },
  )
})
