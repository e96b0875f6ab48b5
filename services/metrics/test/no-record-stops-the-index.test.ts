import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HEADER, type Queue } from '@pokepedia/events'
import type { SourceRecord } from '@pokepedia/pipeline'
import { getLetter, indexLetter, listLetters } from '@pokepedia/storage'
import fc from 'fast-check'
import { letterOf } from '../src/dead-letters/letter-of.ts'
import { freshStore } from './support.ts'

const queue: Queue = { name: 'test.index', group: 'g', partitions: 1 }

const text = fc.oneof(
  fc.constantFrom('', '-1', '0', '1e9', 'banana', '99999999999999999999', '\u0000', 'x'.repeat(5_000), '2147483648'),
  fc.string({ unit: 'binary' }),
  fc.nat().map(String),
)
// kafkajs hands headers on as members of an object, where one of this name is none.
const name = fc.oneof(fc.constantFrom(...Object.values(HEADER)), text).filter((given) => given !== '__proto__')
const headers = fc.dictionary(name, text, { maxKeys: 25 })
const bytes = fc.option(fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)))
const record = fc.record({ key: bytes, value: bytes, headers, timestamp: fc.constantFrom('-1', '0', '1760000000000') })

test('a record with any key, value and headers is indexed, and comes back as it was', async () => {
  const store = await freshStore()
  let offset = 0
  await fc.assert(
    fc.asyncProperty(record, async ({ key, value, timestamp, headers: given }) => {
      offset += 1
      const delivery = { topic: 'test.index.dlq', partition: 0, offset: String(offset), key: null, attempt: 1 }
      const source: SourceRecord = { key, value, timestamp, delivery: { ...delivery, headers: { ...given } } }
      await indexLetter(store, letterOf(queue, source))
      const [newest] = await listLetters(store, { filter: {}, state: null, limit: 1 })
      const letter = await getLetter(store, newest?.id ?? 0)
      // The same origin twice is one letter: only what is new has this place.
      if (letter?.place.offset !== String(offset)) return
      assert.deepEqual([letter.keyBytes, letter.value, letter.headers], [key, value, { ...given }])
    }),
    { numRuns: 300 },
  )
  const letters = await listLetters(store, { filter: {}, state: null, limit: 500 })
  assert.ok(letters.length > 200, `${letters.length} letters`)
})
