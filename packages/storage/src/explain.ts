import type { ResourcePath } from '@pokepedia/events'
import { z } from 'zod'
import type { Store } from './store.ts'

const resourceRows = z
  .array(
    z.object({
      status: z.string(),
      name: z.string().nullable(),
      url: z.string(),
      contentHash: z.string(),
      etag: z.string().nullable(),
      bytes: z.number(),
      fetchedAt: z.date(),
      changedAt: z.date(),
      goneAt: z.date().nullable(),
      /** When the upstream last confirmed it. */
      checkedAt: z.date().nullable(),
      traceparent: z.string().nullable(),
    }),
  )
  .max(1)

const runRows = z.array(
  z.object({
    runId: z.string(),
    runState: z.string(),
    trigger: z.string(),
    outcome: z.string(),
    errorCode: z.string().nullable(),
    requestedAt: z.date(),
    settledAt: z.date().nullable(),
  }),
)

const letterRows = z.array(
  z.object({
    id: z.coerce.number(),
    queue: z.string(),
    key: z.string(),
    state: z.string(),
    code: z.string(),
    message: z.string().nullable(),
    diedAt: z.date(),
    redriveId: z.string().nullable(),
    outcome: z.string().nullable(),
    settledAt: z.date().nullable(),
  }),
)

const assetRows = z.array(
  z.object({
    url: z.string(),
    pointer: z.string(),
    kind: z.string(),
    /** `missing` while no file is stored. */
    status: z.string(),
    objectKey: z.string().nullable(),
    contentType: z.string().nullable(),
    bytes: z.coerce.number().nullable(),
    fetchedAt: z.date().nullable(),
    checkedAt: z.date().nullable(),
  }),
)

/** What the database knows of one resource. */
export interface ResourceStory {
  readonly resource: z.infer<typeof resourceRows>[number] | null
  /** The newest runs that asked for it, newest first. */
  readonly runs: z.infer<typeof runRows>
  /** Dead letters of it and of its media, newest first. */
  readonly letters: z.infer<typeof letterRows>
  readonly assets: z.infer<typeof assetRows>
}

const AT_MOST = 100

/** Reads what became of a resource: its row, its runs, its dead letters, its media; at most 100 of runs and letters. */
export const explainResource = async (store: Store, path: ResourcePath): Promise<ResourceStory> => {
  const ask = (what: string, text: string) => store.query(`explaining ${path}: ${what}`, text, [path])
  const [resources, runs, letters, assets] = await Promise.all([
    ask(
      'its row',
      `select status, name, url, content_hash as "contentHash", coalesce(c.etag, r.etag) as etag,
         octet_length(data::text) as bytes, fetched_at as "fetchedAt", changed_at as "changedAt", gone_at as "goneAt",
         c.checked_at as "checkedAt", traceparent
       from pokeapi_resources r left join pokepedia_resource_checks c using (path) where r.path = $1`,
    ),
    ask(
      'its runs',
      `select r.id as "runId", r.state as "runState", r.trigger, coalesce(l.outcome, 'in_flight') as outcome,
         l.error_code as "errorCode", l.requested_at as "requestedAt", l.settled_at as "settledAt"
       from pokepedia_runs r
       join pokepedia_run_ledger l on l.run_id = r.id and l.queue = 'pokepedia.ingest' and l.key = $1
       order by r.id desc limit ${AT_MOST}`,
    ),
    ask(
      'its dead letters',
      `select id, queue, key_text as key, state, code, message, died_at as "diedAt", redrive_id as "redriveId", outcome,
         settled_at as "settledAt"
       from pokepedia_dead_letters
       where key_text = $1 or key_text in (select source_url from pokepedia_asset_references where resource_path = $1)
       order by id desc limit ${AT_MOST}`,
    ),
    ask(
      'its media',
      `select f.source_url as url, f.json_pointer as pointer, f.kind, coalesce(a.status, 'missing') as status,
         a.object_key as "objectKey", a.content_type as "contentType", a.bytes, a.fetched_at as "fetchedAt",
         a.checked_at as "checkedAt"
       from pokepedia_asset_references f left join pokepedia_assets a using (source_url)
       where f.resource_path = $1 order by f.json_pointer`,
    ),
  ])
  return {
    resource: resourceRows.parse(resources)[0] ?? null,
    runs: runRows.parse(runs),
    letters: letterRows.parse(letters),
    assets: assetRows.parse(assets),
  }
}
