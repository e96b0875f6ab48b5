import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorMessage } from '../src/index.ts'

test('a message is cut to 512 bytes and never inside a character', () => {
  const cut = errorMessage('é'.repeat(400))
  assert.ok(Buffer.byteLength(cut) <= 512)
  assert.ok(!cut.includes('\uFFFD'))
  assert.equal(errorMessage('two\r\nlines'), 'two lines')
})
