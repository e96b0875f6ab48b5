import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '@pokepedia/errors'
import { resourceRequestedFromJson, type SpriteRequested } from '@pokepedia/events'
import { enterRequests, openResourceCache } from '@pokepedia/storage'
import { settleDead } from '../src/dead.ts'
import { bench, context, newRun } from './support.ts'

const url = 'https://example.org/25.png'

/** A delivery that was killed after its database commit and before its sprite events left. */
const killedAfterCommit = async () => {
  const parts = await bench()
  const runId = await newRun(parts.store)
  const path = 'berry/25'
  await enterRequests(parts.store, runId, 'pokepedia.ingest', [{ key: path, resourceType: 'berry' }])
  const event = resourceRequestedFromJson({ runId, path }, parts.stub.root)
  await openResourceCache(parts.store).save({
    ...event,
    resourceId: 25,
    name: null,
    text: '{}',
    contentHash: 'h',
    etag: null,
    fetchedAt: new Date(),
    references: [{ url, pointer: '/a', kind: 'sprite' }],
    pokemon: null,
    requestKinds: ['sprite'],
    traceparent: null,
  })
  return { ...parts, runId, event, path }
}

test('when the resource is gone by the time it is delivered again, its images are still asked for', async () => {
  const { handle, runId, emitted, path } = await killedAfterCommit()
  assert.equal(await handle(path, { runId }), 'gone')
  assert.deepEqual(
    emitted.map((sprite) => sprite.url),
    [url],
  )
})

test('when the second delivery ends dead, its images are still asked for', async () => {
  const { store, runId, event } = await killedAfterCommit()
  const sent: SpriteRequested[] = []
  const letter = { event, delivery: context.delivery, runId, error: errors('not_json', '<html>') }
  await settleDead(store, async (events) => void sent.push(...events))(letter)
  assert.deepEqual(
    sent.map((sprite) => sprite.url),
    [url],
  )
})
