import type { Redriven } from '@pokepedia/events'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { LetterChoice } from './dead-letters.ts'
import type { LedgerOutcome } from './ledger.ts'
import type { Store } from './store.ts'

/** `settling`: all is sent, not all has an outcome. A cancelled one may still wait for outcomes of what it sent. */
export const REDRIVE_STATES = ['sending', 'settling', 'completed', 'cancelled'] as const

const redriveSchema = z.object({
  id: z.string(),
  state: z.enum(REDRIVE_STATES),
  filter: z.record(z.string(), z.unknown()),
  /** Letters a second. */
  rate: z.number(),
  /** Letters chosen at its creation. */
  selected: z.number(),
  /** Letters that match, but had been redriven as often as allowed. */
  overCap: z.number(),
  sent: z.coerce.number(),
  /** What became of those sent; `dead` is dead again. */
  outcomes: z.object({
    stored: z.number(),
    unchanged: z.number(),
    gone: z.number(),
    superseded: z.number(),
    discarded: z.number(),
    dead: z.number(),
  }),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
})
/** A redrive with its counts. */
export type Redrive = z.infer<typeof redriveSchema>
const redriveRows = z.array(redriveSchema)

const redriveQuery = (where: string): string =>
  `select r.id, r.state, r.filter, r.rate, r.selected, r.over_cap as "overCap", r.created_at as "createdAt",
     r.finished_at as "finishedAt", c.sent, json_build_object('stored', c.stored, 'unchanged', c.unchanged,
       'gone', c.gone, 'superseded', c.superseded, 'discarded', c.discarded, 'dead', c.dead) as outcomes
   from pokepedia_redrives r cross join lateral (
     select count(*) filter (where d.sent_at is not null or d.outcome is not null) as sent,
       count(*) filter (where d.outcome = 'stored') as stored,
       count(*) filter (where d.outcome = 'unchanged') as unchanged,
       count(*) filter (where d.outcome = 'gone') as gone,
       count(*) filter (where d.outcome = 'superseded') as superseded,
       count(*) filter (where d.outcome = 'discarded') as discarded,
       count(*) filter (where d.outcome = 'dead') as dead
     from pokepedia_dead_letters d where d.redrive_id = r.id) c
   where ${where} order by r.id desc`

/** The newest redrives, newest first. */
export const listRedrives = async (store: Store, limit: number): Promise<Redrive[]> =>
  redriveRows.parse(await store.query('listing redrives', `${redriveQuery('true')} limit $1`, [limit]))

export const getRedrive = async (store: Store, id: string): Promise<Redrive | undefined> =>
  redriveRows.parse(await store.query('reading a redrive', redriveQuery('r.id = $1'), [id]))[0]

export interface RedriveToCreate {
  readonly filter: LetterChoice
  /** Letters a second. */
  readonly rate: number
  /** Letters that were redriven this often are left out. */
  readonly maxCount: number
}

/** Makes a redrive of the open letters that match now; later ones are not part of it. */
export const createRedrive = async (store: Store, { filter, rate, maxCount }: RedriveToCreate): Promise<Redrive> => {
  const id = uuidv7()
  await store.query('creating a redrive', 'select pokepedia_create_redrive($1, $2, $3, $4)', [
    id,
    JSON.stringify(filter),
    rate,
    maxCount,
  ])
  const redrive = await getRedrive(store, id)
  if (!redrive) throw new Error(`redrive ${id} is gone`)
  return redrive
}

const previewRows = z.array(
  z.object({
    queue: z.string(),
    code: z.string(),
    type: z.string().nullable(),
    fingerprint: z.string().nullable(),
    letters: z.coerce.number(),
    overCap: z.coerce.number(),
  }),
)
export interface RedrivePreview {
  /** Letters that would be sent. */
  readonly selected: number
  readonly overCap: number
  /** Both together, by queue, code, type and fingerprint. */
  readonly histogram: z.infer<typeof previewRows>
}

/** What a redrive with this filter would take. */
export const previewRedrive = async (
  store: Store,
  { filter, maxCount }: Omit<RedriveToCreate, 'rate'>,
): Promise<RedrivePreview> => {
  const histogram = previewRows.parse(
    await store.query(
      'previewing a redrive',
      `select queue, code, resource_type as type, fingerprint, count(*) as letters,
         count(*) filter (where redrive_count >= $2) as "overCap"
       from pokepedia_dead_letters l where state = 'open'
         and ($3::bigint[] is null or l.id = any ($3)) and pokepedia_letter_matches(l, $1)
       group by 1, 2, 3, 4 order by letters desc, 1, 2, 3, 4`,
      [JSON.stringify(filter), maxCount, filter.ids ?? null],
    ),
  )
  const letters = histogram.reduce((sum, row) => sum + row.letters, 0)
  const overCap = histogram.reduce((sum, row) => sum + row.overCap, 0)
  return { selected: letters - overCap, overCap, histogram }
}

const cancelledRows = z.tuple([z.object({ cancelled: z.boolean() })])

/** Sends nothing more; what is not sent is open again. False when there was nothing left to send. */
export const cancelRedrive = async (store: Store, id: string): Promise<boolean> =>
  cancelledRows.parse(
    await store.query('cancelling a redrive', 'select pokepedia_cancel_redrive($1) as cancelled', [id]),
  )[0].cancelled

/** What became of a redriven event. */
export interface RedrivenEnd extends Redriven {
  readonly outcome: LedgerOutcome
  /** Why it is dead again. */
  readonly code: string | null
}

/** Notes the outcome of a redriven event; the first time counts. */
export const settleRedriven = async (store: Store, end: RedrivenEnd): Promise<void> => {
  const { redriveId, origin, count, outcome, code } = end
  await store.query('settling a redriven event', 'select pokepedia_settle_redriven($1, $2, $3, $4, $5, $6, $7)', [
    redriveId,
    origin.topic,
    origin.partition,
    origin.offset,
    count,
    outcome,
    code,
  ])
}

const totalRows = z.tuple([
  z.object({
    running: z.coerce.number(),
    sent: z.coerce.number(),
    stored: z.coerce.number(),
    unchanged: z.coerce.number(),
    gone: z.coerce.number(),
    superseded: z.coerce.number(),
    discarded: z.coerce.number(),
    dead_again: z.coerce.number(),
    skipped: z.coerce.number(),
  }),
])
/** What became of all redriven events; `skipped` were over the cap. */
export type RedriveTotals = z.infer<typeof totalRows>[0]

/** The counts of all redrives together, for metrics. */
export const countRedriven = async (store: Store): Promise<RedriveTotals> =>
  totalRows.parse(
    await store.query(
      'counting redriven events',
      `select
         (select count(*) from pokepedia_redrives where state in ('sending', 'settling')) as running,
         (select coalesce(sum(over_cap), 0) from pokepedia_redrives) as skipped,
         count(*) filter (where sent_at is not null or outcome is not null) as sent,
         count(*) filter (where outcome = 'stored') as stored,
         count(*) filter (where outcome = 'unchanged') as unchanged,
         count(*) filter (where outcome = 'gone') as gone,
         count(*) filter (where outcome = 'superseded') as superseded,
         count(*) filter (where outcome = 'discarded') as discarded,
         count(*) filter (where outcome = 'dead') as dead_again
       from pokepedia_dead_letters where redrive_id is not null`,
    ),
  )[0]
