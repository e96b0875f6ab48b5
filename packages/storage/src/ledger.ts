import type { RunId } from '@pokepedia/events'
import { z } from 'zod'
import type { Store } from './store.ts'

/** What became of a requested event; together with "in flight" they add up to what was requested. */
export const OUTCOMES = ['stored', 'unchanged', 'gone', 'superseded', 'dead', 'discarded'] as const
export type LedgerOutcome = (typeof OUTCOMES)[number]

/** Events of one run and queue by outcome. */
export type OutcomeCounts = Readonly<Record<LedgerOutcome | 'requested' | 'in_flight', number>>

export interface Settlement {
  readonly runId: RunId | null
  readonly queue: string
  readonly key: string
  readonly outcome: LedgerOutcome
  readonly errorCode?: string
}

/** Notes the outcome of an event; the first one wins. Does nothing for an event without a run. */
export const settle = async (store: Store, { runId, queue, key, outcome, errorCode }: Settlement): Promise<void> => {
  if (runId === null) return
  await store.query('settling an event', 'select pokepedia_settle($1, $2, $3, $4, $5)', [
    runId,
    queue,
    key,
    outcome,
    errorCode ?? null,
  ])
}

export interface LedgerEntry {
  readonly key: string
  readonly resourceType: string
}

/** Entries of one statement, which are in memory several times over. */
const AT_ONCE = 1_000

const chunks = function* <Item>(items: readonly Item[], size: number): Generator<Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}

/**
 * Enters requested events, before the first of them leaves; what is entered already stays as it is. Nothing is entered
 * into a run that has ended.
 */
export const enterRequests = async (
  store: Store,
  runId: RunId,
  queue: string,
  entries: readonly LedgerEntry[],
): Promise<void> => {
  for (const chunk of chunks(entries, AT_ONCE))
    await store.query('entering requests', 'select pokepedia_enter_requests($1, $2, $3, $4)', [
      runId,
      queue,
      chunk.map(({ key }) => key),
      chunk.map(({ resourceType }) => resourceType),
    ])
  // Until autovacuum comes by, the planner takes the table for empty and its indexes for useless.
  await store.query('analysing the ledger', 'analyze pokepedia_run_ledger')
}

const entryRows = z.array(z.object({ key: z.string(), resourceType: z.string(), isInFlight: z.boolean() }))

/**
 * The events of a run that have no outcome yet, in pages: types of a higher priority first, 0 where none is given, and
 * those of one priority ordered by key. The ledger is read once for each priority: with a condition for what is in flight
 * in it, the planner would read and sort all of that for each page.
 */
export const inFlight = async function* (
  store: Store,
  runId: RunId,
  queue: string,
  priorities: ReadonlyMap<string, number> = new Map(),
): AsyncGenerator<LedgerEntry[]> {
  const highestFirst = [...new Set([0, ...priorities.values()])].sort((a, b) => b - a)
  for (const priority of highestFirst) {
    const isWanted = (type: string): boolean => (priorities.get(type) ?? 0) === priority
    for (let after = ''; ; ) {
      const rows = await store.query(
        'reading requests in flight',
        `select l.key, l.resource_type as "resourceType", l.outcome is null as "isInFlight" from pokepedia_run_ledger l
         where l.run_id = $1 and l.queue = $2 and l.key > $3 order by l.key limit ${AT_ONCE}`,
        [runId, queue, after],
      )
      const page = entryRows.parse(rows)
      const last = page.at(-1)
      if (!last) break
      yield page
        .filter(({ isInFlight, resourceType }) => isInFlight && isWanted(resourceType))
        .map(({ key, resourceType }) => ({ key, resourceType }))
      after = last.key
    }
  }
}

const countRows = z.array(
  z.object({
    runId: z.string(),
    queue: z.string(),
    resourceType: z.string(),
    outcome: z.enum([...OUTCOMES, 'in_flight']),
    count: z.coerce.number(),
  }),
)

const noCounts = (): Record<keyof OutcomeCounts, number> => ({
  requested: 0,
  in_flight: 0,
  stored: 0,
  unchanged: 0,
  gone: 0,
  superseded: 0,
  dead: 0,
  discarded: 0,
})

export interface RunProgress {
  /** By queue name. */
  readonly counts: Readonly<Record<string, OutcomeCounts>>
  /** By queue name, then resource type. */
  readonly byType: Readonly<Record<string, Readonly<Record<string, OutcomeCounts>>>>
}

/**
 * The ledger's counts of several runs, in one query; of runs that have ended, as they were noted at the end. With
 * `recount` every entry is counted anew. Runs without entries are absent.
 */
export const progressOf = async (
  store: Store,
  runIds: readonly string[],
  { recount = false }: { recount?: boolean } = {},
): Promise<Map<string, RunProgress>> => {
  const rows = await store.query(
    'counting the ledger',
    `select run_id as "runId", queue, resource_type as "resourceType", outcome, count
     from pokepedia_count_ledger($1, $2)`,
    [runIds, recount],
  )
  const runs = new Map<
    string,
    { counts: Record<string, OutcomeCounts>; byType: Record<string, Record<string, OutcomeCounts>> }
  >()
  for (const { runId, queue, resourceType, outcome, count } of countRows.parse(rows)) {
    const run = runs.get(runId) ?? { counts: {}, byType: {} }
    runs.set(runId, run)
    const total = { ...noCounts(), ...run.counts[queue] }
    const types = run.byType[queue] ?? {}
    const ofType = { ...noCounts(), ...types[resourceType] }
    for (const counts of [total, ofType]) {
      counts[outcome] += count
      counts.requested += count
    }
    run.counts[queue] = total
    run.byType[queue] = { ...types, [resourceType]: ofType }
  }
  return runs
}
