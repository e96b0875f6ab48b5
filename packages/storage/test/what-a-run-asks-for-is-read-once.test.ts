import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingestQueue } from '@pokepedia/events'
import { enterRequests, inFlight, openStore, settle } from '../src/index.ts'
import { freshStoreUrl, log, newRun, rowsReadFor } from './support.ts'

const TYPES = ['berry', 'item', 'move']
const OF_A_TYPE = 5_000

const keysOf = (type: string): string[] => Array.from({ length: OF_A_TYPE }, (_, i) => `${type}/${i + 1}`).sort()

for (const { what, priorities, order, passes } of [
  { what: 'of one priority', priorities: new Map<string, number>(), order: TYPES, passes: 1 },
  {
    what: 'of three priorities',
    priorities: new Map([
      ['item', 5],
      ['berry', -5],
    ]),
    order: ['item', 'move', 'berry'],
    passes: 3,
  },
])
  test(`requests ${what} come in order, and the ledger is read ${passes} times for all pages together`, async () => {
    const { store, url } = await freshStoreUrl()
    await using kept = openStore({ url, poolSize: 1 }, log)
    const runId = await newRun(store)
    const entries = TYPES.flatMap((resourceType) => keysOf(resourceType).map((key) => ({ key, resourceType })))
    await enterRequests(store, runId, ingestQueue.name, entries)
    await settle(store, { runId, queue: ingestQueue.name, key: 'move/7', outcome: 'unchanged' })
    const found: string[] = []
    const read = await rowsReadFor(kept, async () => {
      for await (const page of inFlight(kept, runId, ingestQueue.name, priorities))
        for (const { key } of page) found.push(key)
    })
    assert.deepEqual(
      found,
      order.flatMap(keysOf).filter((key) => key !== 'move/7'),
    )
    assert.ok(read <= passes * entries.length * 1.2, `${read} rows were read to find ${found.length}`)
  })
