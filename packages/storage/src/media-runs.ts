import { newTraceparent, type RunId, resourcePathSchema, runIdSchema, spritesQueue } from '@pokepedia/events'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { MediaKind } from './resources.ts'
import type { Store } from './store.ts'

/** A run that requests media alone. */
export interface MediaRun {
  readonly id: RunId
  readonly traceparent: string | null
}

const runRows = z.array(z.object({ id: runIdSchema, traceparent: z.string().nullable() }))

/** Says of a run that it requests media alone. */
const REQUEST = { media: true }

/**
 * Makes a running run of the command line that requests each media file that the stored documents at these paths name.
 * The run and its entries come in one statement: without an entry it would be closed, with them it waits for their
 * events. One that is still open is gone on with, since whoever made it may have been killed before the events left.
 * Undefined when the documents name no media.
 */
export const openMediaRun = async (
  store: Store,
  { paths, kinds }: { paths: readonly string[]; kinds: readonly MediaKind[] },
): Promise<MediaRun | undefined> => {
  const rows = await store.query(
    'making a run for media',
    `with wanted as (
       select r.source_url as key, min(split_part(r.resource_path, '/', 1)) as type, min(r.resource_path) as path
       from unnest($2::text[]) as p (path) join pokepedia_asset_references r on r.resource_path = p.path
       where r.kind = any ($3) group by 1
     ), open as (
       select id, traceparent from pokepedia_runs
       where state = 'running' and trigger = 'cli' and request = $4::jsonb order by id desc limit 1
     ), made as (
       insert into pokepedia_runs (id, state, trigger, request, request_hash, traceparent)
       select $1, 'running', 'cli', $4::jsonb, '', $5
       where exists (select from wanted) and not exists (select from open)
       returning id, traceparent
     ), run as (
       select * from open union all select * from made
     ), entered as (
       insert into pokepedia_run_ledger (run_id, queue, key, resource_type, requested_by)
       select run.id, $6, w.key, w.type, w.path from run, wanted w order by w.key
       on conflict do nothing
     )
     select id, traceparent from run`,
    [uuidv7(), paths, kinds, JSON.stringify(REQUEST), newTraceparent(), spritesQueue.name],
  )
  return runRows.parse(rows)[0]
}

const CHUNK = 1_000

const mediaRows = z.array(
  z.object({ url: z.string(), resourcePath: resourcePathSchema.nullable(), jsonPointer: z.string().nullable() }),
)
/** A media file that a run waits for, and where its URL stands. */
export type MediaInFlight = z.infer<typeof mediaRows>[number]

/** The media of a run that have no outcome yet, in chunks, ordered by URL. */
export const mediaInFlight = async function* (store: Store, runId: RunId): AsyncGenerator<MediaInFlight[]> {
  for (let after = ''; ; ) {
    const rows = await store.query(
      'reading media in flight',
      `select l.key as url, l.requested_by as "resourcePath", (
         select min(r.json_pointer) from pokepedia_asset_references r
         where r.source_url = l.key and r.resource_path = l.requested_by) as "jsonPointer"
       from pokepedia_run_ledger l
       where l.run_id = $1 and l.queue = $2 and l.outcome is null and l.key > $3 order by l.key limit ${CHUNK}`,
      [runId, spritesQueue.name, after],
    )
    const media = mediaRows.parse(rows)
    const last = media.at(-1)
    if (!last) return
    yield media
    after = last.url
  }
}
