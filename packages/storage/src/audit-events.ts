import { type RunId, spritesQueue } from '@pokepedia/events'
import { z } from 'zod'
import { PER_RULE, type Violation } from './audit.ts'
import type { Query, Store } from './store.ts'

/** A record of the run in Kafka: a letter on a dead-letter topic, or an event that its group has not finished. */
export interface SeenEvent {
  readonly kind: 'letter' | 'unfinished'
  readonly queue: string
  readonly key: string
  /** The record's timestamp. */
  readonly at: Date
}

/** What `auditEvents` asks of whoever can read Kafka. */
export interface EventsToLook {
  readonly startedAt: Date
  /** Whether unfinished events matter: in a run that has ended nothing is in flight. */
  readonly unfinished: boolean
  /** Takes records down; a few thousand at a time. */
  note(events: readonly SeenEvent[]): Promise<void>
}

/** By queue: letters written up to then may be deleted by the topic's retention; absent when none is. */
export type LettersSince = Readonly<Record<string, Date>>

// What is seen lives in the database for as long as the connection, so that its number is no matter of memory.
const TABLES = [
  'create temp table seen (kind text not null, queue text not null, key text not null, at timestamptz not null)',
  'create temp table waiting (queue text not null, key text not null, requested_by text)',
]
const INDEXES = ['create index on seen (kind, queue, key)', 'analyze seen', 'analyze waiting']

const RULES: readonly { rule: string; detail: string; sql: string }[] = [
  {
    rule: 'dead-has-letter',
    detail: 'the ledger says it is dead, and the dead-letter topic has no letter of it',
    sql: `select l.queue, l.key from pokepedia_run_ledger l
          where l.run_id = $1 and l.outcome = 'dead' and l.settled_at < $2
            and l.settled_at > coalesce(($3::jsonb->>l.queue)::timestamptz, '-infinity')
            and not exists (select from seen s where s.kind = 'letter' and s.queue = l.queue and s.key = l.key)`,
  },
  {
    // A replay after the end asks for what the ledger does not know; a letter of that is none of the run's.
    rule: 'letter-is-entered',
    detail: 'the dead-letter topic has a letter of it, and the ledger does not know it',
    sql: `select distinct s.queue, s.key from seen s join pokepedia_runs r on r.id = $1
          where s.kind = 'letter' and (r.finished_at is null or s.at <= r.finished_at)
            and $2::timestamptz is not null and $3::jsonb is not null
            and not exists (select from pokepedia_run_ledger l
              where l.run_id = $1 and l.queue = s.queue and l.key = s.key)`,
  },
  {
    // An image event leaves after its entry is written, by the event of its resource. A redrive sends after it reopens.
    rule: 'in-flight-has-event',
    detail: 'the ledger says it is in flight, and no topic has an unfinished event of it',
    sql: `select w.queue, w.key from waiting w
          join pokepedia_run_ledger l on l.run_id = $1 and l.queue = w.queue and l.key = w.key and l.outcome is null
          join pokepedia_runs r on r.id = l.run_id and r.state = 'running' and $3::jsonb is not null
          where not exists (select from seen s where s.kind = 'unfinished' and s.queue = w.queue and s.key = w.key)
            and not exists (select from seen s
              where s.kind = 'unfinished' and s.queue <> '${spritesQueue.name}' and s.key = w.requested_by)
            and not exists (select from pokepedia_dead_letters d
              where d.run_id = $1 and d.queue = w.queue and d.key_text = w.key
                and d.state = 'redriving' and (d.sent_at is null or d.sent_at > $2))`,
  },
]

const runRows = z.array(z.object({ now: z.date(), startedAt: z.date(), state: z.string() })).max(1)
const violators = z.array(z.object({ queue: z.string(), key: z.string() }))

const noteIn =
  (query: Query) =>
  async (events: readonly SeenEvent[]): Promise<void> => {
    await query('insert into seen select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])', [
      events.map(({ kind }) => kind),
      events.map(({ queue }) => queue),
      events.map(({ key }) => key),
      events.map(({ at }) => at),
    ])
  }

/**
 * Proves a run's ledger against what `look` finds in Kafka: a letter for each dead entry, an entry for each letter, an
 * unfinished event for each entry in flight. The ledger is read before Kafka, and what has changed since is left out.
 */
export const auditEvents = (
  store: Store,
  runId: RunId,
  look: (wanted: EventsToLook) => Promise<LettersSince>,
): Promise<Violation[]> =>
  store.withConnection('auditing events', async (query) => {
    const rows = await query(
      'select clock_timestamp() as now, started_at as "startedAt", state from pokepedia_runs where id = $1',
      [runId],
    )
    const run = runRows.parse(rows)[0]
    if (!run) return []
    for (const statement of TABLES) await query(statement)
    await query(
      `insert into waiting select queue, key, requested_by from pokepedia_run_ledger
       where run_id = $1 and outcome is null`,
      [runId],
    )
    const unfinished = run.state === 'running'
    const lettersSince = await look({ startedAt: run.startedAt, unfinished, note: noteIn(query) })
    for (const statement of INDEXES) await query(statement)
    const found: Violation[] = []
    for (const { rule, detail, sql } of RULES) {
      const values = [runId, run.now, JSON.stringify(lettersSince)]
      const named = violators.parse(await query(`${sql} order by 1, 2 limit ${PER_RULE}`, values))
      found.push(...named.map(({ queue, key }) => ({ rule, key, detail: `${queue}: ${detail}` })))
    }
    return found
  })
