import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatTraceparent, newTraceparent, parseTraceparent, traceparentOf } from '../src/index.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

test('a valid one is read and written back the same', () => {
  const hex = (length: number) =>
    fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((text) => !/^0+$/.test(text))
  const flags = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(hex(32), hex(16), flags, (traceId, spanId, bits) => {
      const text = formatTraceparent({ traceId, spanId, flags: bits })
      assert.deepEqual(parseTraceparent(text), { traceId, spanId, flags: bits })
      assert.equal(traceparentOf({ traceparent: text }), text)
    }),
  )
})

test('what the specification calls invalid is none', () => {
  const invalid = [
    '',
    'banana',
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-1`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
  ]
  for (const text of invalid) {
    assert.equal(parseTraceparent(text), undefined, JSON.stringify(text))
    assert.equal(traceparentOf({ traceparent: text }), null)
  }
  assert.equal(traceparentOf({}), null)
})

test('a later version is read as far as it is known', () => {
  assert.deepEqual(parseTraceparent(`cc-${TRACE}-${SPAN}-03-what-comes`), { traceId: TRACE, spanId: SPAN, flags: 1 })
})

test('new ones are valid, sampled and all different', () => {
  const made = Array.from({ length: 1_000 }, newTraceparent)
  assert.equal(new Set(made).size, 1_000)
  for (const text of made) assert.equal(parseTraceparent(text)?.flags, 1)
})
