import { setTimeout as delay } from 'node:timers/promises'
import { ingestQueue, spritesQueue } from '@pokepedia/events'
import { pauseGroup } from '@pokepedia/storage'
import { z } from 'zod'
import { type Arena, type ArenaOptions, emptyTables, openArena } from '../arena.ts'
import type { Contestant } from '../rounds.ts'

const LOOK_EVERY_MS = 100

/** What is seeded: `POST /v1/seed`. */
export interface SeedRequest {
  readonly paths?: readonly string[]
  readonly limit?: number
  readonly force?: boolean
}

const openRows = z.tuple([z.object({ open: z.boolean() })])
const countRows = z.tuple([z.object({ settled: z.number() })])

/** Seeds and waits until each document's event has an outcome; returns how many there were. */
export const seedAndSettle = async ({ deployment, store }: Arena, request: SeedRequest = {}): Promise<number> => {
  const { services, token } = deployment.stack
  const answer = await fetch(`${services.seeder.url}/v1/seed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(request),
  })
  if (answer.status !== 202) throw new Error(`seeding answered ${answer.status}: ${await answer.text()}`)
  const id = answer.headers.get('location')?.split('/').at(-1)
  const isOpen = async (): Promise<boolean> => {
    const rows = await store.query(
      'looking at the run',
      // What no resource requested is a document. Asked for in the order of the index of what is in flight: for a mere
      // `exists` all ledgers are read from their beginning, which was a third of Postgres' work in an unchanged sync.
      `select state = 'discovering' or (select l.run_id from pokepedia_run_ledger l
         where l.run_id = r.id and l.requested_by is null and l.outcome is null
         order by l.run_id, l.requested_by limit 1) is not null as open
       from pokepedia_runs r where id = $1`,
      [id],
    )
    return openRows.parse(rows)[0].open
  }
  while (await isOpen()) await delay(LOOK_EVERY_MS)
  const rows = await store.query(
    'counting what was settled',
    'select count(*)::int as settled from pokepedia_run_ledger where run_id = $1 and queue = $2',
    [id, ingestQueue.name],
  )
  return countRows.parse(rows)[0].settled
}

/** An arena in which images are requested, and left on their topic: fetching them is another workload. */
export const openDocumentArena = async (options: ArenaOptions): Promise<Arena> => {
  const arena = await openArena(options)
  try {
    await pauseGroup(arena.store, spritesQueue.group, 'the benchmark measures documents')
    return arena
  } catch (error) {
    await arena[Symbol.asyncDispose]()
    throw error
  }
}

/** Every process that the pipeline needs, with what lies below it. */
export const PIPELINE_PROCESSES = ['postgres', 'kafka', 'registry', 'seeder', 'ingestor']

export interface SyncOptions {
  /** Whether each round begins with empty tables. */
  readonly fresh: boolean
  readonly request?: SeedRequest
}

/** The whole pipeline: lists, ledger, events, documents, projections, events for images. */
export const pipelineSync = (arena: Arena, name: string, { fresh, request }: SyncOptions): Contestant => ({
  name,
  processes: PIPELINE_PROCESSES,
  prepare: async () => {
    if (fresh) await emptyTables(arena.store)
    else await arena.store.query('checkpoint', 'checkpoint')
  },
  run: () => seedAndSettle(arena, request),
})
