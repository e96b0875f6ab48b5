import { isDeepStrictEqual } from 'node:util'
import type { RunId } from '@pokepedia/events'
import { z } from 'zod'
import { OUTCOMES, type OutcomeCounts, progressOf } from './ledger.ts'
import type { ObjectStore } from './object-store.ts'
import { getRun } from './runs.ts'
import type { Store } from './store.ts'

/** Something that contradicts a run's ledger. */
export interface Violation {
  readonly rule: string
  readonly key: string
  readonly detail: string
}

export interface Audit {
  readonly balanced: boolean
  readonly counts: Counts
  /** The first of each rule, at most `PER_RULE`. */
  readonly violations: readonly Violation[]
}

/** How many violators of one rule are named. */
export const PER_RULE = 100
type Counts = Readonly<Record<string, OutcomeCounts>>

// Each names what a settled entry promises and does not find. A later run may have marked gone what this one stored,
// so a row counts as found when it was marked after this run asked for it.
const RULES: readonly { rule: string; detail: string; sql: string }[] = [
  {
    rule: 'resource-stored',
    detail: 'the ledger says it is stored, and pokeapi_resources has no present row',
    sql: `select l.key from pokepedia_run_ledger l
          where l.run_id = $1 and l.queue = 'pokepedia.ingest' and l.outcome in ('stored', 'unchanged')
            and not exists (select from pokeapi_resources r
              where r.path = l.key and (r.status = 'present' or r.gone_at >= l.requested_at))`,
  },
  {
    rule: 'pokemon-projected',
    detail: 'the resource is stored, and pokepedia_pokemon has no row',
    sql: `select l.key from pokepedia_run_ledger l
          join pokeapi_resources r on r.path = l.key and r.status = 'present'
          where l.run_id = $1 and l.queue = 'pokepedia.ingest' and l.outcome in ('stored', 'unchanged')
            and l.key ~ '^pokemon/[0-9]+$' and r.name is not null
            and not exists (select from pokepedia_pokemon p where p.id = r.resource_id and p.resource_path = l.key)`,
  },
  {
    // Only where nobody has asked for the resource since, whose answer may name other files.
    rule: 'sprite-requested',
    detail: 'a document that this run stored names it, and the ledger does not know it',
    sql: `select distinct a.source_url as key from pokepedia_run_ledger l
          join pokepedia_runs n on n.id = l.run_id and n.state in ('completed', 'completed_with_dead_letters')
          join pokepedia_resource_checks c on c.path = l.key and c.checked_at <= l.settled_at
          join pokepedia_asset_references a on a.resource_path = l.key and a.kind = 'sprite'
          where l.run_id = $1 and l.queue = 'pokepedia.ingest' and l.outcome in ('stored', 'unchanged')
            and not exists (select from pokepedia_run_ledger s
              where s.run_id = l.run_id and s.queue = 'pokepedia.sprites' and s.key = a.source_url)`,
  },
  {
    rule: 'asset-stored',
    detail: 'the ledger says it is stored, and pokepedia_assets has no stored row',
    sql: `select l.key from pokepedia_run_ledger l
          where l.run_id = $1 and l.queue = 'pokepedia.sprites' and l.outcome in ('stored', 'unchanged')
            and not exists (select from pokepedia_assets a
              where a.source_url = l.key and (a.status = 'stored' or a.checked_at >= l.requested_at))`,
  },
]

const keyRows = z.array(z.object({ key: z.string() }))
const assetRows = z.array(z.object({ objectKey: z.string(), bytes: z.coerce.number() }))

/** The law, and that the ledger of an ended run is what it was when it ended. */
const lawViolations = (noted: Counts, counted: Counts, open: boolean): Violation[] =>
  [...new Set([...Object.keys(noted), ...Object.keys(counted)])].flatMap((queue) => {
    const then = noted[queue]
    const now = counted[queue]
    const settled = OUTCOMES.reduce((sum, outcome) => sum + (now?.[outcome] ?? 0), 0)
    const inFlight = now?.in_flight ?? 0
    const said = `${now?.requested ?? 0} requested, ${settled} settled, ${inFlight} in flight`
    const found: Violation[] = []
    if ((now?.requested ?? 0) !== settled + inFlight) found.push({ rule: 'law', key: queue, detail: said })
    if (!open && inFlight > 0) found.push({ rule: 'closed', key: queue, detail: `${said}, in a run that has ended` })
    if (!open && !isDeepStrictEqual(then, now))
      found.push({ rule: 'ended', key: queue, detail: `${said}; ${then?.requested ?? 0} requested when it ended` })
    return found
  })

const objectViolations = async (store: Store, objects: ObjectStore, runId: RunId): Promise<Violation[]> => {
  const expected = assetRows.parse(
    await store.query(
      'reading assets',
      `select a.object_key as "objectKey", a.bytes from pokepedia_run_ledger l
       join pokepedia_assets a on a.source_url = l.key and a.status = 'stored'
       where l.run_id = $1 and l.queue = 'pokepedia.sprites' and l.outcome in ('stored', 'unchanged')`,
      [runId],
    ),
  )
  if (expected.length === 0) return []
  const sizes = new Map<string, number>()
  for await (const { key, size } of objects.list()) sizes.set(key, size)
  const found: Violation[] = []
  for (const { objectKey, bytes } of expected) {
    if (sizes.get(objectKey) === bytes) continue
    // A listing is no proof: S3Proxy ends a folder's at a file that is replaced meanwhile, and sizes change.
    const size = await objects.sizeOf(objectKey)
    if (size === bytes) continue
    const detail =
      size === undefined ? 'the bucket has no such object' : `the object has ${size} bytes, its row says ${bytes}`
    found.push({ rule: 'object-stored', key: objectKey, detail })
    if (found.length === PER_RULE) break
  }
  return found
}

/** Proves a run's ledger against the tables and the object store, and names what contradicts it. */
export const auditRun = async (store: Store, objects: ObjectStore, runId: RunId): Promise<Audit | undefined> => {
  const run = await getRun(store, runId)
  if (!run) return undefined
  const open = run.state === 'discovering' || run.state === 'running'
  const found = await Promise.all(
    RULES.map(async ({ rule, detail, sql }) => {
      const rows = await store.query(`auditing ${rule}`, `${sql} order by 1 limit ${PER_RULE}`, [runId])
      return keyRows.parse(rows).map(({ key }) => ({ rule, key, detail }))
    }),
  )
  const inStore = await objectViolations(store, objects, runId)
  const counts = (await progressOf(store, [runId], { recount: true })).get(runId)?.counts ?? {}
  // An open run may have gone on between the two countings.
  const law = lawViolations(open ? counts : run.counts, counts, open)
  const violations = [...law, ...found.flat(), ...inStore]
  return { balanced: violations.length === 0, counts, violations }
}
