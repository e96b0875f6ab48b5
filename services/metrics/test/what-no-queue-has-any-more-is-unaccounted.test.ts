import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingestQueue, type Queue, spritesQueue } from '@pokepedia/events'
import { createRun, enterRequests, listRuns, type Store, setRunning, settle } from '@pokepedia/storage'
import { Registry } from 'prom-client'
import type { LagSnapshot } from '../src/lag/read-lag.ts'
import { createRunMetrics } from '../src/runs/metrics.ts'
import { freshStore } from './support.ts'

/** As many unfinished records of each queue; half of them on a retry topic. */
const lag = (ingest: number, sprites: number): LagSnapshot => {
  const rows = (queue: Queue, depth: number) =>
    [queue.group, `${queue.group}.retry`].map((group) => ({
      ...{ group, topic: 't', partition: 0, currentOffset: 0, startOffset: 0, endOffset: 0, lag: 0 },
      ...{ depth: depth / 2, ready: depth / 2, oldestAt: null },
    }))
  const partitions = [...rows(ingestQueue, ingest), ...rows(spritesQueue, sprites)]
  return { partitions, groups: [], depths: [], tiers: [], brokers: 1 }
}

const open = async (): Promise<{ store: Store; read: (before: LagSnapshot | undefined) => Promise<string[]> }> => {
  const store = await freshStore()
  const registry = new Registry()
  const show = createRunMetrics(registry)
  return {
    store,
    async read(lagBefore) {
      show({ runs: await listRuns(store, 5), lagBefore })
      const lines = (await registry.metrics()).split('\n')
      return lines.flatMap((line) => /^pokepedia_run_unaccounted_records\{queue="pokepedia.(.*)/.exec(line)?.[1] ?? [])
    },
  }
}

const none = ['ingest"} 0', 'sprites"} 0']
const entries = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, resourceType: 'pokemon' }))

test('events of a run that no queue has any more are unaccounted, when two readings in a row miss them', async () => {
  const { store, read } = await open()
  const { run } = await createRun(store, { trigger: 'http', request: {}, requestHash: 'x' })
  await enterRequests(store, run.id, ingestQueue.name, entries(10))
  assert.deepEqual(await read(lag(0, 0)), none, 'what is still discovered may not have been sent')
  assert.deepEqual(await read(lag(0, 0)), none)

  await setRunning(store, run.id)
  assert.deepEqual(await read(lag(10, 0)), none, 'all of them wait in Kafka')
  assert.deepEqual(await read(lag(6, 0)), none, 'one reading alone may have come in between')
  assert.deepEqual(await read(lag(6, 0)), ['ingest"} 4', 'sprites"} 0'])
  assert.deepEqual(await read(undefined), [], 'without the lag nobody knows')
  assert.deepEqual(await read(lag(10, 0)), none)
})

test('media are accounted for when no resource is in work that may ask for more', async () => {
  const { store, read } = await open()
  const { run } = await createRun(store, { trigger: 'http', request: {}, requestHash: 'x' })
  await enterRequests(store, run.id, ingestQueue.name, entries(1))
  await enterRequests(store, run.id, spritesQueue.name, entries(3))
  await setRunning(store, run.id)
  for (let times = 0; times < 2; times += 1) assert.deepEqual(await read(lag(2, 0)), none)
  await settle(store, { runId: run.id, queue: ingestQueue.name, key: 'k0', outcome: 'stored' })
  await read(lag(0, 0))
  assert.deepEqual(await read(lag(0, 2)), ['ingest"} 0', 'sprites"} 1'])
})
