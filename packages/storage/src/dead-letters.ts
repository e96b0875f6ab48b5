import { z } from 'zod'
import type { Store } from './store.ts'

export const LETTER_STATES = ['open', 'redriving', 'redriven', 'discarded'] as const
export type LetterState = (typeof LETTER_STATES)[number]

/** Which dead letters are meant; what is absent does not matter. Times are of the death: [since, until). */
export interface LetterFilter {
  readonly queue?: string | undefined
  readonly code?: string | undefined
  readonly fingerprint?: string | undefined
  /** Resource type. */
  readonly type?: string | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
}

/** The letters that something is done with: those of the filter, and of these only those with the ids where given. */
export interface LetterChoice extends LetterFilter {
  readonly ids?: readonly number[] | undefined
}

const letterSchema = z.object({
  id: z.coerce.number(),
  state: z.enum(LETTER_STATES),
  queue: z.string(),
  key: z.string().nullable(),
  type: z.string().nullable(),
  runId: z.string().nullable(),
  code: z.string(),
  stage: z.string().nullable(),
  reason: z.string(),
  fingerprint: z.string().nullable(),
  message: z.string().nullable(),
  httpStatus: z.number().nullable(),
  attempt: z.number(),
  redriveCount: z.number(),
  diedAt: z.date(),
  redriveId: z.string().nullable(),
  outcome: z.string().nullable(),
  outcomeCode: z.string().nullable(),
  settledAt: z.date().nullable(),
})
/** A dead letter without its record. `outcome` is what became of it after its redrive. */
export type Letter = z.infer<typeof letterSchema>
const letterRows = z.array(letterSchema)

const COLUMNS = `l.id, l.state, l.queue, l.key_text as key, l.resource_type as type, l.run_id as "runId", l.code, l.stage,
  l.reason, l.fingerprint, l.message, l.http_status as "httpStatus", l.attempt, l.redrive_count as "redriveCount",
  l.died_at as "diedAt", l.redrive_id as "redriveId", l.outcome, l.outcome_code as "outcomeCode",
  l.settled_at as "settledAt"`

export interface LetterPage {
  readonly filter: LetterFilter
  /** Null for every state. */
  readonly state: LetterState | null
  /** Only letters with a smaller id, as the last one of the page before. */
  readonly before?: number | undefined
  readonly limit: number
}

/** Letters, newest first. */
export const listLetters = async (store: Store, { filter, state, before, limit }: LetterPage): Promise<Letter[]> =>
  letterRows.parse(
    await store.query(
      'listing dead letters',
      `select ${COLUMNS} from pokepedia_dead_letters l
       where ($2::text is null or l.state = $2) and ($3::bigint is null or l.id < $3)
         and pokepedia_letter_matches(l, $1) order by l.id desc limit $4`,
      [JSON.stringify(filter), state, before ?? null, limit],
    ),
  )

const placeSchema = z.object({ topic: z.string(), partition: z.number(), offset: z.string(), timestamp: z.string() })
const wholeRows = z.array(
  letterSchema.extend({
    headers: z.record(z.string(), z.string()),
    keyBytes: z.instanceof(Buffer).nullable(),
    value: z.instanceof(Buffer).nullable(),
    place: placeSchema.omit({ topic: true }),
    origin: placeSchema,
  }),
)
/** A dead letter with its record, untouched. */
export type WholeLetter = z.infer<typeof wholeRows>[number]

/** The letter of an id, with its record. */
export const getLetter = async (store: Store, id: number): Promise<WholeLetter | undefined> =>
  wholeRows.parse(
    await store.query(
      'reading a dead letter',
      `select ${COLUMNS}, l.headers, l.key as "keyBytes", l.value,
         json_build_object('partition', dlq_partition, 'offset', dlq_offset::text,
           'timestamp', dlq_timestamp::text) as place,
         json_build_object('topic', origin_topic, 'partition', origin_partition, 'offset', origin_offset::text,
           'timestamp', origin_timestamp::text) as origin
       from pokepedia_dead_letters l where l.id = $1`,
      [id],
    ),
  )[0]

const groupRows = z.array(
  z.object({
    queue: z.string(),
    code: z.string(),
    stage: z.string().nullable(),
    reason: z.string(),
    fingerprint: z.string().nullable(),
    letters: z.coerce.number(),
    types: z.array(z.string()),
    firstDiedAt: z.date(),
    lastDiedAt: z.date(),
    /** The newest letter of the group, and its message. */
    sampleId: z.coerce.number(),
    message: z.string().nullable(),
  }),
)
/** Letters that failed alike. */
export type LetterGroup = z.infer<typeof groupRows>[number]

const GROUPS_SHOWN = 200

/** Letters in groups of the same failure, the largest first. */
export const letterGroups = async (
  store: Store,
  { filter, state }: Pick<LetterPage, 'filter' | 'state'>,
): Promise<LetterGroup[]> =>
  groupRows.parse(
    await store.query(
      'grouping dead letters',
      `select g.*, s.message from (
         select queue, code, stage, reason, fingerprint, count(*) as letters,
           coalesce(array_agg(distinct resource_type) filter (where resource_type is not null), '{}') as types,
           min(died_at) as "firstDiedAt", max(died_at) as "lastDiedAt", max(id) as "sampleId"
         from pokepedia_dead_letters l
         where ($2::text is null or state = $2) and pokepedia_letter_matches(l, $1)
         group by queue, code, stage, reason, fingerprint) g
       join pokepedia_dead_letters s on s.id = g."sampleId" order by letters desc, "sampleId" desc limit ${GROUPS_SHOWN}`,
      [JSON.stringify(filter), state],
    ),
  )

const countRows = z.tuple([z.object({ count: z.number() })])

/**
 * Gives the open letters of the filter up and returns how many they were. Their ledger entries move from dead to
 * discarded. Nothing is deleted.
 */
export const discardLetters = async (store: Store, filter: LetterChoice): Promise<number> =>
  countRows.parse(
    await store.query('discarding dead letters', 'select pokepedia_discard_letters($1) as count', [
      JSON.stringify(filter),
    ]),
  )[0].count

const openRows = z.array(
  z.object({
    queue: z.string(),
    reason: z.string(),
    code: z.string(),
    count: z.coerce.number(),
    oldestDiedAt: z.date(),
  }),
)
/** Open letters by queue, reason and code. */
export type OpenLetters = z.infer<typeof openRows>[number]

/** How many letters are open, for metrics. */
export const countOpenLetters = async (store: Store): Promise<OpenLetters[]> =>
  openRows.parse(
    await store.query(
      'counting dead letters',
      `select queue, reason, code, count(*) as count, min(died_at) as "oldestDiedAt" from pokepedia_dead_letters
       where state = 'open' group by 1, 2, 3`,
    ),
  )
