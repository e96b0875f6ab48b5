import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorCode } from '@pokepedia/errors'
import { queues, retryGroup } from '@pokepedia/events'
import type { Instance } from '@pokepedia/storage'
import fc from 'fast-check'
import { type BreakerSources, breakersOf, holding } from '../src/breakers.ts'
import type { Collector } from '../src/collector.ts'
import { splitDepths } from '../src/lag/blocked.ts'
import type { LagSnapshot, PartitionState } from '../src/lag/read-lag.ts'

const since = new Date('2026-01-02T03:04:05Z')

/** A collector that has read a value, and fails now when a code is given. */
const collector = <Value>(value: Value | undefined, code?: ErrorCode): Collector<Value> => ({
  snapshot: value === undefined ? undefined : { value, takenAt: since },
  state: {
    name: 'c',
    up: code === undefined,
    durationMs: 1,
    lastSuccessAt: since,
    error: code && { code, message: 'away', since },
  },
  [Symbol.asyncDispose]: async () => undefined,
})

const instance = (partitions: Record<string, number[]>, open: string[]): Instance => ({
  id: 'i1',
  service: 'ingestor',
  startedAt: since,
  seenAt: since,
  inFlight: 0,
  inFlightLimit: 8,
  breakers: ['upstream', 'postgres'].map((dependency) => ({
    dependency,
    open: open.includes(dependency),
    since,
    ...(open.includes(dependency) ? { code: 'timeout', detail: 'no answer' } : {}),
  })),
  partitions,
})
const sources = (instances: Instance[], codes: { instances?: ErrorCode; lag?: ErrorCode } = {}): BreakerSources => ({
  instances: collector(instances, codes.instances),
  lag: collector({}, codes.lag),
})

const row = (group: string, topic: string, partition: number, ready: number, delayed = 0): PartitionState => ({
  group,
  topic,
  partition,
  currentOffset: 0,
  startOffset: 0,
  endOffset: ready + delayed,
  lag: ready + delayed,
  depth: ready + delayed,
  ready,
  oldestAt: null,
})
const snapshotOf = (partitions: PartitionState[]): LagSnapshot => ({
  partitions,
  groups: [],
  tiers: [],
  brokers: 1,
  depths: queues.map((queue) => {
    const own = partitions.filter(({ group }) => [queue.group, retryGroup(queue)].includes(group))
    const ready = own.reduce((sum, one) => sum + one.ready, 0)
    const delayed = own.reduce((sum, one) => sum + one.depth - one.ready, 0)
    return { queue: queue.name, ready, delayed, oldestAt: null, oldestReadyAt: null, newestAt: null, messages: 0 }
  }),
})
const brief = (depths: ReturnType<typeof splitDepths>) =>
  depths.map(({ ready, delayed, blocked }) => [ready, delayed, blocked])

const waiting = snapshotOf([
  row('ingestor', 'pokepedia.ingest', 0, 5),
  row('ingestor', 'pokepedia.ingest', 1, 7),
  row('ingestor.retry', 'pokepedia.ingest.retry.5s', 0, 2, 3),
  row('sprite-fetcher', 'pokepedia.sprites', 0, 11),
])

test('with all breakers closed nothing is blocked', () => {
  const all = sources([instance({ 'pokepedia.ingest': [0, 1] }, [])])
  assert.deepEqual(brief(splitDepths(waiting, queues, holding(all))), [
    [14, 3, 0],
    [11, 0, 0],
  ])
})

test('an open breaker blocks what is ready on the partitions of its process, and nothing else', () => {
  const one = { 'pokepedia.ingest': [1], 'pokepedia.ingest.retry.5s': [0] }
  const other = { 'pokepedia.ingest': [0] }
  const both = sources([instance(one, ['upstream']), { ...instance(other, []), id: 'i2' }])
  assert.deepEqual(brief(splitDepths(waiting, queues, holding(both))), [
    [5, 3, 9],
    [11, 0, 0],
  ])
  const shown = breakersOf(both) ?? []
  assert.equal(shown.length, 4)
  assert.deepEqual(
    shown.filter(({ state }) => state === 'open'),
    [
      {
        service: 'ingestor',
        instance: 'i1',
        dependency: 'upstream',
        state: 'open',
        since,
        code: 'timeout',
        detail: 'no answer',
      },
    ],
  )
})

for (const [dependency, codes] of [
  ['postgres', { instances: 'pg_unavailable' }],
  ['kafka', { lag: 'kafka_unavailable' }],
] as const)
  test(`while the metrics service does not reach ${dependency}, it is open and all that is ready is blocked`, () => {
    const away = sources([instance({ 'pokepedia.ingest': [0] }, [])], codes)
    assert.deepEqual(brief(splitDepths(waiting, queues, holding(away))), [
      [0, 3, 14],
      [0, 0, 11],
    ])
    const [own] = breakersOf(away) ?? []
    assert.deepEqual([own?.service, own?.dependency, own?.state], ['metrics', dependency, 'open'])
  })

test('before anything was read the breakers are not known', () => {
  assert.equal(breakersOf({ instances: collector<readonly Instance[]>(undefined), lag: collector({}) }), null)
})

test('the three states are disjoint: whatever is held, their sum is what waits', () => {
  const counts = fc.array(fc.tuple(fc.nat(50), fc.nat(50), fc.boolean()), { maxLength: 12 })
  fc.assert(
    fc.property(counts, (given) => {
      const [queue] = queues
      const rows = given.map(([ready, delayed], partition) =>
        row(queue?.group ?? '', 'topic', partition, ready, delayed),
      )
      const [before] = splitDepths(snapshotOf(rows), queues, () => false)
      const [after] = splitDepths(snapshotOf(rows), queues, ({ partition }) => given[partition]?.[2] ?? false)
      assert.ok(before && after)
      assert.ok(after.ready >= 0 && after.blocked >= 0)
      assert.equal(after.ready + after.blocked, before.ready)
      assert.equal(after.delayed, before.delayed)
    }),
  )
})
