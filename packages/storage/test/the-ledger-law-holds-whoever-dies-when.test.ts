import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingestQueue, type ResourcePath, type RunId, spritesQueue } from '@pokepedia/events'
import fc from 'fast-check'
import {
  cancelRun,
  closeFinishedRuns,
  enterRequests,
  getRun,
  inFlight,
  markGone,
  OUTCOMES,
  setRunning,
  settle,
  spritesInFlight,
} from '../src/index.ts'
import { freshStore, newRun, path, resource, saveResource } from './support.ts'

const store = await freshStore()
const ingest = ingestQueue.name
const sprites = spritesQueue.name

const FILES = ['a', 'b', 'c', 'd']
const RESOURCES = 3

// What each process does next, and after which of its steps it is killed; an event stays until its offset is committed.
const step = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('discover' as const), kill: fc.constantFrom('entered', 'emitted', 'no') }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('ingest' as const),
      item: fc.nat(RESOURCES - 1),
      how: fc.constantFrom('save', 'save', 'gone', 'dead'),
      files: fc.subarray(FILES),
      at: fc.integer({ min: 1, max: 1_000 }),
      kill: fc.constantFrom('committed', 'emitted', 'no', 'no'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('sprite' as const),
      file: fc.constantFrom(...FILES),
      outcome: fc.constantFrom('stored', 'unchanged', 'gone', 'dead'),
      kill: fc.constantFrom('settled', 'no', 'no'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

let worlds = 0

/** The services of one run as far as the ledger sees them, and the topics between them. */
const createWorld = (runId: RunId) => {
  worlds += 1
  const paths = Array.from({ length: RESOURCES }, (_, i) => path(`item/${worlds * 10 + i}`))
  const urlOf = (file: string): string => `http://h.test/${worlds}/${file}.png`
  const ingestEvents = new Set<string>()
  const spriteEvents = new Set<string>()

  const outcomeOf = async (
    { how, files, at }: Pick<Step & { do: 'ingest' }, 'how' | 'files' | 'at'>,
    of: ResourcePath,
  ): Promise<readonly { url: string }[]> => {
    const fetchedAt = new Date(at * 1_000)
    const references = files.map((file) => ({ url: urlOf(file), pointer: `/${file}`, kind: 'sprite' as const }))
    const changes = { runId, path: of, contentHash: files.join('-'), fetchedAt, references }
    if (how === 'save') return (await saveResource(store, resource(changes))).sprites
    if (how === 'gone') await markGone(store, { runId, path: of, at: fetchedAt })
    else await settle(store, { runId, queue: ingest, key: of, outcome: 'dead', errorCode: 'http_403' })
    return spritesInFlight(store, { runId, path: of })
  }

  const take = async (next: Step): Promise<void> => {
    if (next.do === 'discover') {
      if ((await getRun(store, runId))?.state !== 'discovering') return
      const entries = paths.map((key) => ({ key, resourceType: 'item' }))
      await enterRequests(store, runId, ingest, entries)
      if (next.kill === 'entered') return
      for await (const page of inFlight(store, runId, ingest)) for (const { key } of page) ingestEvents.add(key)
      if (next.kill === 'no') await setRunning(store, runId)
    } else if (next.do === 'ingest') {
      const at = paths[next.item]
      if (at === undefined || !ingestEvents.has(at)) return
      const asked = await outcomeOf(next, at)
      if (next.kill === 'committed') return
      for (const { url } of asked) spriteEvents.add(url)
      if (next.kill === 'no') ingestEvents.delete(at)
    } else if (next.do === 'sprite') {
      const key = urlOf(next.file)
      if (!spriteEvents.has(key)) return
      await settle(store, { runId, queue: sprites, key, outcome: next.outcome })
      if (next.kill === 'no') spriteEvents.delete(key)
    } else if (next.do === 'close') await closeFinishedRuns(store)
    else await cancelRun(store, runId)
  }

  /** Everyone lives: what stands on the topics is worked off. */
  const settleDown = async (): Promise<void> => {
    await take({ do: 'discover', kill: 'no' })
    for (let item = 0; item < RESOURCES; item += 1)
      await take({ do: 'ingest', item, how: 'save', files: FILES.slice(item), at: 500, kill: 'no' })
    for (const file of FILES) await take({ do: 'sprite', file, outcome: 'stored', kill: 'no' })
    await take({ do: 'close' })
  }
  return { take, settleDown }
}

test('whoever is killed between whichever steps, the law holds all the time and the run ends by itself', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const runId = await newRun(store)
      const { take, settleDown } = createWorld(runId)
      let ended: unknown
      const look = async (): Promise<boolean> => {
        const run = await getRun(store, runId)
        for (const counts of Object.values(run?.counts ?? {})) {
          const settled = OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0)
          assert.equal(counts.requested, settled + counts.in_flight)
          if (run?.finishedAt) assert.equal(counts.in_flight, 0)
        }
        if (ended) assert.deepEqual(run, ended, 'what has ended stays as it is')
        if (run?.finishedAt) ended = run
        return ended !== undefined
      }
      for (const next of steps) {
        await take(next)
        await look()
      }
      await settleDown()
      // Nothing is lost: every entry in flight still had its event.
      assert.ok(await look(), `the run is still ${(await getRun(store, runId))?.state}`)
      const rows = await store.query(
        'test',
        'select queue, key from pokepedia_run_ledger where run_id = $1 and outcome is null',
        [runId],
      )
      assert.deepEqual(rows, [])
    }),
    { numRuns: 60 },
  )
})
