import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingestQueue, spritesQueue } from '@pokepedia/events'
import fc from 'fast-check'
import {
  closeFinishedRuns,
  enterRequests,
  getRun,
  type MediaReference,
  markGone,
  setRunning,
  settle,
  spritesInFlight,
} from '../src/index.ts'
import { freshStore, newRun, path, resource, saveResource } from './support.ts'

const store = await freshStore()
const ingest = ingestQueue.name
const sprites = spritesQueue.name
const image = (name: string): MediaReference => ({
  url: `http://h.test/${name}.png`,
  pointer: `/${name}`,
  kind: 'sprite',
})
const urlsOf = (found: readonly { url: string }[]): string[] => found.map(({ url }) => url)

test('a file that the document no longer names still gets the event it was entered for', async () => {
  const runId = await newRun(store)
  const at = path('item/1')
  const first = resource({
    runId,
    path: at,
    contentHash: 'one',
    fetchedAt: new Date(1_000),
    references: [image('old')],
  })
  await saveResource(store, first)
  // Killed before the event left; the upstream changed before the delivery came again.
  const again = { ...first, contentHash: 'two', fetchedAt: new Date(2_000), references: [image('new')] }
  const { sprites: asked } = await saveResource(store, again)
  assert.deepEqual(asked, [
    { url: 'http://h.test/new.png', pointer: '/new' },
    { url: 'http://h.test/old.png', pointer: '' },
  ])
})

test('when the resource is gone by then, what it had asked for can still be read', async () => {
  const runId = await newRun(store)
  const at = path('item/2')
  await saveResource(store, resource({ runId, path: at, fetchedAt: new Date(1_000), references: [image('left')] }))
  await markGone(store, { runId, path: at, at: new Date(2_000) })
  assert.deepEqual(urlsOf(await spritesInFlight(store, { runId, path: at })), ['http://h.test/left.png'])
})

// A delivery is a save whose events may or may not have left before the kill; a settle is what the sprite fetcher does.
const deliveries = fc.array(
  fc.record({
    item: fc.integer({ min: 0, max: 2 }),
    media: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }),
    killed: fc.boolean(),
  }),
  { maxLength: 10 },
)

test('whatever is killed and whatever two resources share, every run ends with each file asked for by one', async () => {
  let batch = 0
  await fc.assert(
    fc.asyncProperty(deliveries, async (steps) => {
      batch += 1
      const runId = await newRun(store)
      const items = [0, 1, 2].map((item) => path(`item/${batch}${item}`))
      await enterRequests(
        store,
        runId,
        ingest,
        items.map((key) => ({ key, resourceType: 'item' })),
      )
      await setRunning(store, runId)
      const named = new Set<string>()
      const deliver = async (
        item: number,
        media: readonly string[],
        at: number,
      ): Promise<readonly { url: string }[]> => {
        const references = media.map(image)
        const at_ = items[item] ?? path('item/0')
        for (const { url } of references) named.add(url)
        const saved = await saveResource(
          store,
          resource({ runId, path: at_, contentHash: media.join(), fetchedAt: new Date(at), references }),
        )
        return saved.sprites
      }
      const fetch = (asked: readonly { url: string }[]): Promise<unknown> =>
        Promise.all(asked.map(({ url }) => settle(store, { runId, queue: sprites, key: url, outcome: 'stored' })))
      // All at once: the deliveries of different resources interleave.
      await Promise.all(
        steps.map(async ({ item, media, killed }, at) => {
          const asked = await deliver(item, media, at)
          if (!killed) await fetch(asked)
        }),
      )
      // Kafka delivers each event once more, and nothing is killed.
      for (const item of [0, 1, 2]) await fetch(await deliver(item, [], 1_000))
      const closed = await closeFinishedRuns(store)
      assert.deepEqual(closed.map(({ id }) => id).includes(runId), true)
      const counts = (await getRun(store, runId))?.counts
      assert.equal(counts?.[ingest]?.requested, 3)
      const accepted = counts?.[sprites]?.requested ?? 0
      assert.equal(accepted, counts?.[sprites]?.stored ?? 0)
      assert.ok(accepted <= named.size)
    }),
    { numRuns: 25 },
  )
})
