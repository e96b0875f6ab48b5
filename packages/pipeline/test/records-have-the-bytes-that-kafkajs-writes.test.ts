import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import fc from 'fast-check'
import '../src/client/encoder.ts'

const require = createRequire(import.meta.url)
const KAFKAJS = /[\\/]kafkajs[\\/]src[\\/]/

interface Fields {
  readonly offsetDelta: number
  readonly timestampDelta: number
  readonly key: Buffer | string | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
}

type Encode = (fields: Fields) => { readonly buffer: Buffer }
const loadEncode = (): Encode => require('kafkajs/src/protocol/recordBatch/record/v0/index.js')

const mended = loadEncode()
for (const id of Object.keys(require.cache)) if (KAFKAJS.test(id)) delete require.cache[id]
const original = loadEncode()

const bytes = fc.uint8Array({ maxLength: 5_000 }).map((array) => Buffer.from(array))
const delta = fc.oneof(fc.integer({ min: 0 }), fc.integer({ min: -(2 ** 50), max: 2 ** 50 }))
const fields: fc.Arbitrary<Fields> = fc.record({
  offsetDelta: fc.nat(),
  timestampDelta: delta,
  key: fc.oneof(fc.constant(null), bytes, fc.string({ unit: 'binary' })),
  value: fc.oneof(fc.constant(null), bytes),
  headers: fc.dictionary(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 200 })),
})

test('a record has the bytes that kafkajs would write, whatever is in it', () => {
  fc.assert(
    fc.property(fields, (record) => assert.deepEqual(mended(record).buffer, original(record).buffer)),
    { numRuns: 500 },
  )
})

test('a record of usual size lies in memory from the pool', () => {
  const record = { offsetDelta: 0, timestampDelta: 0, key: 'pokemon/25', value: Buffer.alloc(100), headers: { a: 'b' } }
  const memoryOf = (encode: Encode): number => encode(record).buffer.buffer.byteLength
  assert.deepEqual([memoryOf(original), memoryOf(mended)], [512, Buffer.poolSize])
})
