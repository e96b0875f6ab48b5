import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attemptOf, HEADER, notBeforeOf, runIdOf } from '../src/index.ts'

test('an attempt that is no number counts as the first', () => {
  for (const odd of ['banana', '-1', '1000000000', '', '1.5', '0', 'NaN'])
    assert.equal(attemptOf({ [HEADER.attempt]: odd }), 1)
  assert.equal(attemptOf({ [HEADER.attempt]: '3' }), 3)
  assert.equal(attemptOf({}), 1)
})

test('a due time that is no number means at once', () => {
  for (const odd of ['soon', '-5', '', '1e3']) assert.equal(notBeforeOf({ [HEADER.notBefore]: odd }), undefined)
  assert.equal(notBeforeOf({ [HEADER.notBefore]: '1700000000000' }), 1_700_000_000_000)
})

test('a run id that is none is no run', () => {
  assert.equal(runIdOf({ [HEADER.runId]: 'x' }), undefined)
})
