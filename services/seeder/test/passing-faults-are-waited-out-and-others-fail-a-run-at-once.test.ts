import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, errors, type PipelineError } from '@pokepedia/errors'
import { runIdSchema } from '@pokepedia/events'
import { discoveryFailure } from '../src/lists.ts'
import { createPatience } from '../src/patience.ts'

const run = runIdSchema.parse('01890000-0000-7000-8000-000000000000')
const MINUTE_MS = 60_000
const ofLists = (code: ErrorCode): PipelineError => discoveryFailure('reading', errors(code, code))

const cases: readonly [PipelineError, 'waits 10 minutes' | 'waits' | 'fails'][] = [
  [ofLists('upstream_unavailable'), 'waits 10 minutes'],
  [ofLists('timeout'), 'waits 10 minutes'],
  [ofLists('http_503'), 'waits 10 minutes'],
  [ofLists('json_invalid'), 'waits 10 minutes'],
  [ofLists('http_403'), 'fails'],
  [ofLists('body_too_large'), 'fails'],
  [errors('type_unknown', 'type_unknown'), 'fails'],
  [errors('kafka_unavailable', 'kafka_unavailable'), 'waits'],
  [errors('pg_unavailable', 'pg_unavailable'), 'waits'],
  [errors('internal', 'internal'), 'waits'],
]
for (const [error, expected] of cases)
  test(`${error.message}: ${expected}`, () => {
    const patience = createPatience(10 * MINUTE_MS)
    const decisions = [0, 5, 9, 10, 60].map((minute) => patience.after(run, error, minute * MINUTE_MS))
    const waits = ['first', 'again', 'again']
    const later = { waits: ['again', 'again'], 'waits 10 minutes': ['fail', 'fail'], fails: [] }[expected]
    assert.deepEqual(decisions, expected === 'fails' ? Array(5).fill('fail') : [...waits, ...later])
  })

test('waits double from 1 s to 30 s, and a longer Retry-After holds', () => {
  const patience = createPatience(10 * MINUTE_MS)
  const waitOf = (error: PipelineError): number => {
    patience.after(run, error, 0)
    let waitMs = 0
    while (!patience.isDue(run, waitMs)) waitMs += 500
    return waitMs
  }
  const waits = Array.from({ length: 7 }, () => waitOf(ofLists('timeout')))
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  assert.equal(waitOf(discoveryFailure('reading', errors('http_429', 'x', { retryAfterMs: 120_000 }))), 120_000)
  patience.keepOnly([])
  assert.equal(waitOf(ofLists('timeout')), 1_000, 'what is over is forgotten')
})
