import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { errors } from '@pokepedia/errors'
import { createLog } from '@pokepedia/service'
import { Registry } from 'prom-client'
import { type Collector, startCollector } from '../src/collector.ts'
import { createCollectorMetrics } from '../src/collector-metrics.ts'
import { splitDepths } from '../src/lag/blocked.ts'
import { createLagHistory } from '../src/lag/lag-history.ts'
import { createLagMetrics } from '../src/lag/lag-metrics.ts'
import type { LagSnapshot } from '../src/lag/read-lag.ts'

const offsets = { currentOffset: 3, startOffset: 0, endOffset: 10 }
const row = { group: 'g', topic: 't', partition: 0, ...offsets, lag: 7, depth: 7, ready: 7, oldestAt: new Date() }
const reading: LagSnapshot = {
  partitions: [row, { ...row, partition: 1, currentOffset: -1, lag: -1 }],
  groups: [{ group: 'g', state: 'Stable', members: 1 }],
  depths: [{ queue: 't', ready: 17, delayed: 0, oldestAt: null, oldestReadyAt: null, newestAt: null, messages: 20 }],
  tiers: [],
  brokers: 1,
}

const cycleOf = async (collector: Collector<LagSnapshot>, isOver: () => boolean): Promise<void> => {
  const deadline = Date.now() + 5_000
  while (!isOver()) {
    assert.ok(Date.now() < deadline, JSON.stringify(collector.state))
    await wait(5)
  }
}

test('while the broker is away the last lag is still printed, with collector_up 0 and the time it was read', async () => {
  const registry = new Registry()
  const collectors = createCollectorMetrics(registry)
  collectors.begins('lag')
  const showLag = createLagMetrics(registry, {
    retentionMs: new Map(),
    history: createLagHistory(),
    depths: () => splitDepths(reading, [], () => false),
  })
  let isAway = false
  await using collector = startCollector({
    name: 'lag',
    intervalMs: 10,
    async collect() {
      if (isAway) throw errors('kafka_unavailable', 'nobody there')
      return reading
    },
    onCycle(now) {
      if (now.state.up && now.snapshot) showLag(now.snapshot)
      collectors.cycled(now)
    },
    log: createLog('test', 'silent'),
  })
  const lagLines = async () =>
    (await registry.metrics()).split('\n').filter((line) => /^kafka_(?!.*_seconds)/.test(line))

  await cycleOf(collector, () => collector.state.up)
  const printed = await lagLines()
  assert.ok(printed.includes('kafka_consumergroup_lag{consumergroup="g",topic="t",partition="0"} 7'))
  assert.ok(printed.includes('kafka_consumergroup_lag{consumergroup="g",topic="t",partition="1"} -1'))

  isAway = true
  await cycleOf(collector, () => !collector.state.up)
  assert.equal(collector.state.error?.code, 'kafka_unavailable')
  assert.deepEqual(await lagLines(), printed)
  const text = await registry.metrics()
  assert.match(text, /^pokepedia_collector_up\{collector="lag"\} 0$/m)
  const lastSuccessS = (collector.state.lastSuccessAt?.getTime() ?? 0) / 1_000
  assert.match(
    text,
    new RegExp(`^pokepedia_collector_last_success_timestamp_seconds\\{collector="lag"\\} ${lastSuccessS}$`, 'm'),
  )

  const failures = Number(
    /^pokepedia_collector_errors_total\{collector="lag",code="kafka_unavailable"\} (\d+)$/m.exec(text)?.[1],
  )
  assert.ok(failures >= 1)
  assert.match(text, /^pokepedia_collector_errors_total\{collector="lag",code="pg_unavailable"\} 0$/m)
  assert.match(text, /^pokepedia_collector_duration_seconds_count\{collector="lag"\} [1-9]/m)

  isAway = false
  await cycleOf(collector, () => collector.state.up)
  assert.equal(collector.state.error, undefined)
})

test('who has read nothing yet does not wait for a whole interval', async () => {
  let tries = 0
  await using collector = startCollector({
    name: 'lag',
    intervalMs: 600_000,
    async collect() {
      tries += 1
      if (tries < 3) throw errors('kafka_unavailable', 'not there yet')
      return reading
    },
    onCycle: () => undefined,
    log: createLog('test', 'silent'),
  })
  await cycleOf(collector, () => collector.state.up)
  assert.equal(tries, 3)
})
