import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, errors } from '@pokepedia/errors'
import { HEADER, parseRetryTiers } from '@pokepedia/events'
import fc from 'fast-check'
import { pauseMsOf, repeatsOf } from '../src/handling/backoff.ts'
import { failureHeaders, fingerprintOf, routeFailure } from '../src/handling/failure.ts'

const tiers = parseRetryTiers('5s,30s,5m')
const now = 1_700_000_000_000

test('each attempt takes the next tier; after the last the event is dead', () => {
  const error = errors('timeout', 'slow')
  const routes = [1, 2, 3, 4].map((attempt) => routeFailure(error, attempt, tiers, now))
  assert.deepEqual(
    routes.map((route) => (route.to === 'retry' ? route.tier.label : route.reason)),
    ['5s', '30s', '5m', 'attempts_exhausted'],
  )
})

test('Retry-After picks the first tier that is not shorter, never a shorter one than its own', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 1, max: 3 }), (retryAfterMs, attempt) => {
      const route = routeFailure(errors('http_429', 'slow down', { retryAfterMs }), attempt, tiers, now)
      assert.ok(route.to === 'retry')
      const own = tiers[attempt - 1]?.delayMs ?? 0
      assert.ok(route.tier.delayMs >= own)
      assert.ok(route.tier.delayMs >= retryAfterMs || route.tier.label === '5m')
      assert.equal(route.notBefore, now + route.tier.delayMs)
      const shorter = tiers.filter(
        ({ delayMs }) => delayMs >= own && delayMs >= retryAfterMs && delayMs < route.tier.delayMs,
      )
      assert.deepEqual(shorter, [])
    }),
  )
})

test('whatever the tiers and the failures: no retry is shorter than its own tier, and after all tiers the event is dead', () => {
  const delays = fc.uniqueArray(fc.integer({ min: 1, max: 999_999 }), { minLength: 1, maxLength: 6 })
  const failures = fc.array(
    fc.record({
      code: fc.constantFrom('timeout', 'http_503', 'http_429', 'pg_conflict', 's3_unavailable', 'internal'),
      retryAfterMs: fc.option(fc.integer({ min: 0, max: 2_000_000 }), { nil: undefined }),
    }),
    { minLength: 7, maxLength: 7 },
  )
  fc.assert(
    fc.property(delays, failures, (some, errorsMet) => {
      const declared = parseRetryTiers(
        some
          .toSorted((a, b) => a - b)
          .map((ms) => `${ms}ms`)
          .join(','),
      )
      const waits: number[] = []
      for (const [nth, { code, retryAfterMs }] of errorsMet.entries()) {
        const facts = retryAfterMs === undefined ? {} : { retryAfterMs }
        const route = routeFailure(errors(code, 'failed', facts), nth + 1, declared, now)
        if (route.to === 'dead') {
          assert.equal(route.reason, 'attempts_exhausted')
          assert.equal(nth + 1, declared.length + 1, 'attempts = 1 + number of tiers')
          return
        }
        waits.push(route.notBefore - now)
        assert.ok(route.tier.delayMs >= (declared[nth]?.delayMs ?? Number.POSITIVE_INFINITY))
      }
      assert.fail(`not dead after ${waits.join(', ')}`)
    }),
  )
})

test('pauses in place double, are half chance, and end', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (repeats, random) => {
      const ms = pauseMsOf(repeats, () => random)
      assert.ok(ms >= 125 * 2 ** repeats && ms < 250 * 2 ** repeats, `${ms} ms before repeat ${repeats + 1}`)
    }),
  )
  const repeats = (code: ErrorCode, retryAfterMs?: number): number =>
    repeatsOf(errors(code, 'failed', retryAfterMs === undefined ? {} : { retryAfterMs }))
  assert.deepEqual(
    (['http_503', 'reset', 'truncated', 'pg_unavailable', 'timeout', 'deadline', 'http_429', 'not_json'] as const).map(
      (code) => repeats(code),
    ),
    [2, 2, 2, 3, 0, 0, 0, 0],
  )
  assert.equal(repeats('http_503', 1_000), 0, 'the host says when')
})

test('what asking again cannot mend is dead at once', () => {
  assert.deepEqual(routeFailure(errors('image_invalid', 'no PNG'), 1, tiers, now), { to: 'dead', reason: 'permanent' })
  assert.deepEqual(routeFailure(errors('undecodable', 'junk'), 1, tiers, now), { to: 'dead', reason: 'undecodable' })
})

test('HTML instead of JSON is tried once more, then dead', () => {
  const error = errors('not_json', '<html>')
  assert.equal(routeFailure(error, 1, tiers, now).to, 'retry')
  assert.deepEqual(routeFailure(error, 2, tiers, now), { to: 'dead', reason: 'attempts_exhausted' })
})

test('the facts of the origin and of the first failure are set once, those of the last failure anew', () => {
  const first = {
    topic: 'pokepedia.ingest',
    partition: 3,
    offset: '17',
    key: 'pokemon/25',
    headers: { 'x-run-id': 'r', own: 'kept' },
    attempt: 1,
  }
  const error = errors('http_503', 'GET http://h/1 answered 503', { httpStatus: 503 })
  const retry = failureHeaders(first, '1000', error, routeFailure(error, 1, tiers, 2_000), 2_000)
  const second = { ...first, topic: 'pokepedia.ingest.retry.5s', partition: 1, offset: '2', headers: retry, attempt: 2 }
  const dead = failureHeaders(
    second,
    '9000',
    errors('image_invalid', 'x\ny'.repeat(600)),
    { to: 'dead', reason: 'permanent' },
    10_000,
  )

  assert.equal(retry[HEADER.notBefore], '7000')
  assert.equal(retry[HEADER.attempt], '2')
  assert.equal(retry[HEADER.httpStatus], '503')
  assert.equal(dead['own'], 'kept')
  assert.equal(dead[HEADER.originalTopic], 'pokepedia.ingest')
  assert.equal(dead[HEADER.originalOffset], '17')
  assert.equal(dead[HEADER.originalTimestamp], '1000')
  assert.equal(dead[HEADER.firstFailedAt], '2000')
  assert.equal(dead[HEADER.lastFailedAt], '10000')
  assert.equal(dead[HEADER.errorCode], 'image_invalid')
  assert.equal(dead[HEADER.deadReason], 'permanent')
  assert.equal(dead[HEADER.notBefore], undefined)
  assert.equal(dead[HEADER.httpStatus], undefined)
  assert.ok(Buffer.byteLength(dead[HEADER.errorMessage] ?? '') <= 512)
  assert.ok(!/[\r\n]/.test(dead[HEADER.errorMessage] ?? ''))
})

test('failures that differ in numbers and addresses alone share a fingerprint', () => {
  const of = (message: string) => fingerprintOf(errors('http_503', message))
  assert.equal(of('GET http://a/1 answered 503 after 12 ms'), of('GET https://b/22 answered 503 after 9 ms'))
  assert.notEqual(of('one'), of('another'))
})
