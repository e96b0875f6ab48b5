import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPipelineError } from '@pokepedia/errors'
import { type RunId, spritesQueue } from '@pokepedia/events'
import fc from 'fast-check'
import { type AssetToSave, enterRequests, openAssetCache, openStore, type Store } from '../src/index.ts'
import { freshStore, freshStoreUrl, groupsOf, log, newRun } from './support.ts'

/** A save, or a confirmation with or without a request, of one of a few files, at one of a few times. */
interface Step {
  readonly kind: 'save' | 'confirm' | 'trust'
  readonly id: number
  readonly version: number
  readonly second: number
  readonly run: number
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('save', 'save', 'confirm', 'trust'),
    id: fc.integer({ min: 1, max: 4 }),
    version: fc.integer({ min: 1, max: 2 }),
    second: fc.integer({ min: 1, max: 5 }),
    run: fc.integer({ min: 0, max: 2 }),
  }),
  { minLength: 1, maxLength: 14 },
)

const urlOf = (id: number): string => `http://h.test/${id}.png`
const sentAt = ({ second }: Pick<Step, 'second'>): Date => new Date(second * 1_000)

const toSave = (step: Step, runId: RunId | null): AssetToSave => ({
  ...{ runId, url: urlOf(step.id), bucket: 'b', objectKey: `h.test/${step.id}.png`, contentType: 'image/png' },
  ...{ bytes: step.version, sha256: `s${step.version}`, etag: null, width: step.version, height: 1 },
  ...{ fetchedAt: sentAt(step), traceparent: `t${step.second}` },
})

/** Everything that both ways write, but for the clock of the database. */
const tablesOf = async (store: Store, runs: readonly (RunId | null)[]) => ({
  assets: await store.query('test', 'select * from pokepedia_assets order by source_url'),
  ledger: await store.query(
    'test',
    `select array_position($1::uuid[], run_id), queue, key, outcome, error_code from pokepedia_run_ledger
     order by 1, 2, 3`,
    [runs],
  ),
})

/** None, and two runs with every file entered. */
const runsOf = async (store: Store): Promise<readonly (RunId | null)[]> => {
  const runs = [await newRun(store), await newRun(store)]
  const media = [1, 2, 3, 4].map((id) => ({ key: urlOf(id), resourceType: 'pokemon' }))
  for (const run of runs) await enterRequests(store, run, spritesQueue.name, media)
  return [null, ...runs]
}

/** The functions that the version before calls, for one file each. */
const alone = async (store: Store, step: Step, runId: RunId | null): Promise<unknown> => {
  const asset = toSave(step, runId)
  const rows =
    step.kind === 'save'
      ? await store.query(
          'test',
          `select pokepedia_save_asset(${[...Array(12)].map((_, i) => `$${i + 1}`)}) as outcome`,
          [
            ...[runId, asset.url, asset.bucket, asset.objectKey, asset.contentType, asset.bytes, asset.sha256],
            ...[asset.etag, asset.width, asset.height, asset.fetchedAt, asset.traceparent],
          ],
        )
      : await store.query('test', 'select pokepedia_confirm_asset($1, $2, $3) as outcome', [
          ...[runId, asset.url, step.kind === 'trust' ? null : asset.fetchedAt],
        ])
  return (rows as { outcome: string | null }[])[0]?.outcome
}

test('whatever is saved and confirmed at once comes out as if one had come after the other', async () => {
  const [together, apart] = [await freshStore(), await freshStore()]
  const cache = openAssetCache(together)
  const atOnce = (step: Step, runId: RunId | null): Promise<string | null> => {
    const { url, fetchedAt } = toSave(step, runId)
    if (step.kind === 'save') return cache.save(toSave(step, runId))
    const confirmed = cache.confirm(step.kind === 'trust' ? { runId, url } : { runId, url, checkedAt: fetchedAt })
    return confirmed.catch((error: unknown) => {
      if (isPipelineError(error) && error.code === 'unexpected_304') return null
      throw error
    })
  }
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      for (const store of [together, apart])
        await store.query('test', 'truncate pokepedia_assets, pokepedia_run_ledger, pokepedia_runs')
      const [runsTogether, runsApart] = [await runsOf(together), await runsOf(apart)]
      // Saves and confirmations travel apart: a group of one kind is handed over at once, then the next.
      for (const group of groupsOf(all, ({ kind }) => kind === 'save')) {
        const mine = await Promise.all(group.map((step) => atOnce(step, runsTogether[step.run] ?? null)))
        const theirs: unknown[] = []
        for (const step of group) theirs.push(await alone(apart, step, runsApart[step.run] ?? null))
        assert.deepEqual(mine, theirs)
      }
      assert.deepEqual(await tablesOf(together, runsTogether), await tablesOf(apart, runsApart))
    }),
    { numRuns: 60 },
  )
})

test('two sprite fetchers that save the same files wait for no one in a circle', async () => {
  const { store, url } = await freshStoreUrl()
  await using other = openStore({ url, poolSize: 3 }, log)
  const runId = await newRun(store)
  const ids = Array.from({ length: 200 }, (_, id) => id)
  const step = (id: number, second: number): Step => ({ kind: 'save', id, version: 1, second, run: 1 })
  const [one, two] = [openAssetCache(store), openAssetCache(other)]
  await Promise.all([
    ...ids.map((id) => one.save(toSave(step(id, 1), runId))),
    ...ids.toReversed().map((id) => two.save(toSave(step(id, 2), runId))),
  ])
  const rows = await store.query('test', 'select from pokepedia_assets where checked_at = $1', [sentAt({ second: 2 })])
  assert.equal(rows.length, ids.length)
})
