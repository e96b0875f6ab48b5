import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRetryTiers, topicCatalogue } from '../src/index.ts'

test('tiers are named as they are written', () => {
  assert.deepEqual(parseRetryTiers('200ms, 5s,30s,5m'), [
    { label: '200ms', delayMs: 200 },
    { label: '5s', delayMs: 5_000 },
    { label: '30s', delayMs: 30_000 },
    { label: '5m', delayMs: 300_000 },
  ])
})

for (const wrong of ['', '5', '5x', '0s', '5m,5s', '5s,5s', '1.5s', '-1s']) {
  test(`${JSON.stringify(wrong)} is refused with a reason`, () => {
    assert.throws(() => parseRetryTiers(wrong), /no delay|longer than/)
  })
}

test('the catalogue is the main, retry and dead-letter topics of both queues, and the changes', () => {
  assert.deepEqual(
    topicCatalogue(parseRetryTiers('5s,5m')).map(({ name }) => name),
    [
      'pokepedia.ingest',
      'pokepedia.ingest.retry.5s',
      'pokepedia.ingest.retry.5m',
      'pokepedia.ingest.dlq',
      'pokepedia.sprites',
      'pokepedia.sprites.retry.5s',
      'pokepedia.sprites.retry.5m',
      'pokepedia.sprites.dlq',
      'pokepedia.changes',
    ],
  )
})
