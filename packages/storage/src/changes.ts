import { type ResourceChanged, type ResourcePath, resourcePathSchema, runIdSchema } from '@pokepedia/events'
import { z } from 'zod'
import type { Store } from './store.ts'

/** How long one ingestor has for sending what it took; then another may. */
const CLAIM_SECONDS = 30

const changeRows = z.array(
  z.object({
    id: z.string(),
    path: resourcePathSchema,
    oldHash: z.string().nullable(),
    newHash: z.string().nullable(),
    pointers: z.array(z.string()),
    morePointers: z.boolean(),
    runId: runIdSchema.nullable(),
    traceparent: z.string().nullable(),
    changedAt: z.date(),
  }),
)

/** A change that Kafka has not acknowledged yet. */
export interface UnsentChange {
  readonly id: string
  readonly event: ResourceChanged
  readonly traceparent: string | null
}

const COLUMNS = `id::text, path, old_hash as "oldHash", new_hash as "newHash", pointers, more_pointers as "morePointers",
  run_id as "runId", traceparent, changed_at as "changedAt"`

const changesOf = (rows: unknown): UnsentChange[] =>
  changeRows.parse(rows).map(({ id, traceparent, changedAt, ...change }) => ({
    id,
    traceparent,
    event: { ...change, gone: change.newHash === null, changedAt: changedAt.getTime() },
  }))

/** Takes the oldest changes that nobody is sending, one a resource at most, for 30 s. */
export const claimChanges = async (store: Store, limit: number): Promise<UnsentChange[]> =>
  changesOf(
    await store.query(
      'taking changes',
      `select ${COLUMNS} from pokepedia_claim_changes($1, make_interval(secs => $2)) order by id`,
      [limit, CLAIM_SECONDS],
    ),
  )

/** Takes the oldest change of each of these resources, unless somebody is sending it, for 30 s. */
export const claimChangesOf = async (store: Store, paths: readonly ResourcePath[]): Promise<UnsentChange[]> =>
  changesOf(
    await store.query(
      'taking changes',
      `select ${COLUMNS} from pokepedia_claim_changes_of($1, make_interval(secs => $2)) order by id`,
      [paths, CLAIM_SECONDS],
    ),
  )

/** Forgets changes that Kafka has acknowledged. */
export const clearChanges = async (store: Store, ids: readonly string[]): Promise<void> => {
  await store.query('clearing changes', 'delete from pokepedia_changes where id = any ($1::bigint[])', [ids])
}

/** Gives changes back that could not be sent. */
export const releaseChanges = async (store: Store, ids: readonly string[]): Promise<void> => {
  await store.query(
    'giving changes back',
    'update pokepedia_changes set claimed_until = null where id = any ($1::bigint[])',
    [ids],
  )
}
