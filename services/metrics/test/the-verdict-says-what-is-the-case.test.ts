import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type VerdictFacts, verdictOf } from '../src/page/verdict.ts'

const group = { group: 'ingestor', members: 2 }
const partition = { group: 'ingestor', topic: 'pokepedia.ingest', status: 'ok' }
const queue = { queue: 'pokepedia.ingest', ready: 0, delayed: 0, blocked: 0, drainSeconds: null }
const lag = { name: 'lag', up: true, error: null }
const calm: VerdictFacts = {
  queues: [queue],
  groups: [group],
  partitions: [partition],
  tiers: [],
  runs: [],
  pauses: [],
  breakers: [],
  collectors: [lag],
}
const busy = { ...calm, queues: [{ ...queue, ready: 1_200, delayed: 3 }] }
const breaker = { service: 'ingestor', dependency: 'upstream', state: 'open', since: '2026-01-02T14:02:00Z' }
const pause = { group: 'ingestor', reason: 'the index moves', at: '2026-01-02T14:02:00Z' }

const cases: readonly (readonly [VerdictFacts, string])[] = [
  [calm, 'Idle: nothing to do'],
  [busy, 'Working: 1,200 ready, 3 delayed'],
  [{ ...busy, queues: [{ ...queue, ready: 40, drainSeconds: 130 }] }, 'Working: 40 ready, about 2 min 10 s left'],
  [{ ...calm, runs: [{ state: 'discovering' }] }, 'Working: a run is finding what there is to fetch'],
  [{ ...calm, queues: [{ ...queue, delayed: 3 }] }, 'Waiting: 3 delayed'],
  [
    {
      ...calm,
      queues: [{ ...queue, delayed: 3 }],
      tiers: [{ nextDueAt: '2026-01-02T14:02:30Z' }, { nextDueAt: null }],
    },
    'Waiting: 3 delayed; the next is due at 14:02:30 UTC',
  ],
  [
    { ...busy, pauses: [pause], breakers: [{ ...breaker, code: 'http_503' }] },
    'Paused: ingestor since 14:02:00 UTC (the index moves); 1,200 ready, 3 delayed',
  ],
  [{ ...calm, pauses: [pause] }, 'Paused: ingestor since 14:02:00 UTC (the index moves); nothing waits'],
  [
    { ...calm, queues: [{ ...queue, blocked: 7 }], breakers: [{ ...breaker, code: 'http_503' }] },
    "Blocked: ingestor can't reach upstream since 14:02:00 UTC (http_503); 7 blocked",
  ],
  [{ ...calm, breakers: [{ ...breaker, code: null }] }, 'Idle: nothing to do'],
  [
    { ...busy, groups: [{ ...group, members: 0 }] },
    'Stalled: the group ingestor has no members; 1,200 ready, 3 delayed',
  ],
  [
    { ...busy, partitions: [{ ...partition, status: 'stall' }] },
    'Stalled: ingestor does not get on with 1 partition of pokepedia.ingest; 1,200 ready, 3 delayed',
  ],
  [
    { ...busy, collectors: [{ ...lag, up: false, error: { code: 'kafka_unavailable' } }] },
    "Unknown: the queues can't be measured (kafka_unavailable); what is shown is old",
  ],
  [{ ...calm, queues: [] }, 'Unknown: nothing has been measured yet'],
]

test('the verdict names the worst that is the case, and why', () => {
  for (const [facts, expected] of cases) {
    const { word, detail } = verdictOf(facts)
    assert.equal(`${word}: ${detail}`, expected)
  }
})
