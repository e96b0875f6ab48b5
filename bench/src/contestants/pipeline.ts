import { setTimeout as delay } from 'node:timers/promises'
import { ingestQueue, spritesQueue } from '@pokepedia/events'
import { pauseGroup } from '@pokepedia/storage'
import { z } from 'zod'
import { type Arena, emptyTables } from '../arena.ts'
import type { Contestant } from '../rounds.ts'

const LOOK_EVERY_MS = 100

const progressRows = z.tuple([z.object({ settled: z.number(), open: z.number(), state: z.string() })])

/** Seeds everything and waits until each document's event has an outcome; returns how many there were. */
export const seedAndSettle = async ({ deployment, store }: Arena): Promise<number> => {
  const { services, token } = deployment.stack
  const answer = await fetch(`${services.seeder.url}/v1/seed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: '{}',
  })
  if (answer.status !== 202) throw new Error(`seeding answered ${answer.status}: ${await answer.text()}`)
  const id = answer.headers.get('location')?.split('/').at(-1)
  for (;;) {
    const rows = await store.query(
      'looking at the run',
      `select state, (select count(*)::int from pokepedia_run_ledger l
           where l.run_id = r.id and l.queue = $2 and l.outcome is not null) as settled,
         (select count(*)::int from pokepedia_run_ledger l
           where l.run_id = r.id and l.queue = $2 and l.outcome is null) as open
       from pokepedia_runs r where id = $1`,
      [id, ingestQueue.name],
    )
    const [{ state, settled, open }] = progressRows.parse(rows)
    if (state !== 'discovering' && open === 0) return settled
    await delay(LOOK_EVERY_MS)
  }
}

/** Images are requested, and left on their topic: fetching them is another workload. */
export const leaveImages = async ({ store }: Arena): Promise<void> => {
  await pauseGroup(store, spritesQueue.group, 'the benchmark measures documents')
}

/** Every process that the pipeline needs, with what lies below it. */
export const PIPELINE_PROCESSES = ['postgres', 'kafka', 'registry', 'seeder', 'ingestor', 'sample']

/** The whole pipeline: lists, ledger, events, documents, projections, events for images. */
export const pipelineSync = (arena: Arena, name: string, { fresh }: { fresh: boolean }): Contestant => ({
  name,
  processes: PIPELINE_PROCESSES,
  prepare: async () => {
    if (fresh) await emptyTables(arena.store)
    else await arena.store.query('checkpoint', 'checkpoint')
  },
  run: () => seedAndSettle(arena),
})
