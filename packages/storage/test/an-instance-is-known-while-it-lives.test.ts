import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Instance, type InstanceReport, liveInstances, reportInstance, type Store } from '../src/index.ts'
import { freshStore, log } from './support.ts'

const store = await freshStore()
const since = new Date('2026-01-02T03:04:05Z')
const report = (open: boolean): InstanceReport => ({
  inFlight: 3,
  inFlightLimit: 8,
  breakers: [{ dependency: 'upstream', open, since, ...(open ? { code: 'timeout', detail: 'no answer' } : {}) }],
  partitions: { 'pokepedia.ingest': [0, 2] },
})

const until = async (what: string, from: Store, accept: (found: Instance[]) => boolean): Promise<Instance[]> => {
  for (const endMs = Date.now() + 10_000; ; await delay(50)) {
    const found = await liveInstances(from)
    if (accept(found)) return found
    if (Date.now() > endMs) assert.fail(`${what} did not come; last: ${JSON.stringify(found)}`)
  }
}

test('instances are known by their own word, each new word replaces the last, and a stop takes it back', async () => {
  let open = false
  const one = reportInstance({ store, service: 'ingestor', read: () => report(open), log })
  const other = reportInstance({ store, service: 'sprite-fetcher', read: () => report(false), log })
  const [first, second] = await until('both', store, (found) => found.length === 2)
  assert.deepEqual([first?.service, second?.service], ['ingestor', 'sprite-fetcher'])
  const { inFlight, inFlightLimit, breakers, partitions } = report(false)
  assert.deepEqual(
    [first?.inFlight, first?.inFlightLimit, first?.breakers, first?.partitions],
    [inFlight, inFlightLimit, breakers, partitions],
  )
  open = true
  const [changed] = await until('the open breaker', store, ([now]) => now?.breakers[0]?.open === true)
  assert.equal(changed?.id, first?.id)
  assert.deepEqual(changed?.breakers, report(true).breakers)
  await one[Symbol.asyncDispose]()
  assert.deepEqual(
    (await liveInstances(store)).map(({ service }) => service),
    ['sprite-fetcher'],
  )
  await other[Symbol.asyncDispose]()
  assert.deepEqual(await liveInstances(store), [])
})

test('one that was killed is forgotten after 30 s, and its row is removed when another starts', async () => {
  const insert = (seconds: number) =>
    store.query(
      'planting an instance',
      `insert into pokepedia_instances values (gen_random_uuid(), 'ingestor', now(), now() - make_interval(secs => $1),
         0, 8, '[]', '{}')`,
      [seconds],
    )
  for (const seconds of [5, 31, 4_000]) await insert(seconds)
  assert.equal((await liveInstances(store)).length, 1)
  const rows = async () => (await store.query('counting', 'select id from pokepedia_instances')).length
  assert.equal(await rows(), 3)
  await using _started = reportInstance({ store, service: 'sprite-fetcher', read: () => report(false), log })
  await until('the started one', store, (found) => found.length === 2)
  for (const endMs = Date.now() + 5_000; (await rows()) !== 3; await delay(20)) assert.ok(Date.now() < endMs)
})
