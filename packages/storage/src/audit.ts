import type { RunId } from '@pokepedia/events'
import { z } from 'zod'
import { OUTCOMES, type OutcomeCounts } from './ledger.ts'
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
  readonly counts: Readonly<Record<string, OutcomeCounts>>
  /** The first of each rule, at most `PER_RULE`. */
  readonly violations: readonly Violation[]
}

const PER_RULE = 100

// Each names what a settled entry promises and does not find.
const RULES: readonly { rule: string; detail: string; sql: string }[] = [
  {
    rule: 'resource-stored',
    detail: 'the ledger says it is stored, and pokeapi_resources has no present row',
    sql: `select l.key from pokepedia_run_ledger l
          where l.run_id = $1 and l.queue = 'pokepedia.ingest' and l.outcome in ('stored', 'unchanged')
            and not exists (select from pokeapi_resources r where r.path = l.key)`,
  },
  {
    rule: 'pokemon-projected',
    detail: 'the resource is stored, and pokepedia_pokemon has no row',
    sql: `select l.key from pokepedia_run_ledger l
          join pokeapi_resources r on r.path = l.key and r.status = 'present'
          where l.run_id = $1 and l.queue = 'pokepedia.ingest' and l.outcome in ('stored', 'unchanged')
            and l.key ~ '^pokemon/[0-9]+$' and jsonb_typeof(r.data -> 'name') = 'string'
            and not exists (select from pokepedia_pokemon p where p.resource_path = l.key)`,
  },
  {
    rule: 'asset-stored',
    detail: 'the ledger says it is stored, and pokepedia_assets has no row',
    sql: `select l.key from pokepedia_run_ledger l
          where l.run_id = $1 and l.queue = 'pokepedia.sprites' and l.outcome in ('stored', 'unchanged')
            and not exists (select from pokepedia_assets a where a.source_url = l.key)`,
  },
]

const keyRows = z.array(z.object({ key: z.string() }))
const assetRows = z.array(z.object({ objectKey: z.string(), bytes: z.coerce.number() }))

const lawViolations = (counts: Readonly<Record<string, OutcomeCounts>>, open: boolean): Violation[] =>
  Object.entries(counts).flatMap(([queue, of]) => {
    const settled = OUTCOMES.reduce((sum, outcome) => sum + of[outcome], 0)
    const law = settled + of.in_flight === of.requested
    return [
      ...(law
        ? []
        : [
            {
              rule: 'law',
              key: queue,
              detail: `${of.requested} requested, ${settled} settled, ${of.in_flight} in flight`,
            },
          ]),
      ...(open || of.in_flight === 0
        ? []
        : [{ rule: 'closed', key: queue, detail: `${of.in_flight} in flight in a closed run` }]),
    ]
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
  return expected.flatMap(({ objectKey, bytes }) => {
    const size = sizes.get(objectKey)
    if (size === bytes) return []
    const detail =
      size === undefined ? 'the bucket has no such object' : `the object has ${size} bytes, its row says ${bytes}`
    return [{ rule: 'object-stored', key: objectKey, detail }]
  })
}

/** Proves a run's ledger against the tables and the object store, and names what contradicts it. */
export const auditRun = async (store: Store, objects: ObjectStore, runId: RunId): Promise<Audit | undefined> => {
  const run = await getRun(store, runId)
  if (!run) return undefined
  const open = run.state === 'discovering' || run.state === 'running'
  const found = await Promise.all(
    RULES.map(async ({ rule, detail, sql }) => {
      const rows = await store.query(`auditing ${rule}`, `${sql} limit ${PER_RULE}`, [runId])
      return keyRows.parse(rows).map(({ key }) => ({ rule, key, detail }))
    }),
  )
  const inStore = await objectViolations(store, objects, runId)
  const violations = [...lawViolations(run.counts, open), ...found.flat(), ...inStore.slice(0, PER_RULE)]
  return { balanced: violations.length === 0, counts: run.counts, violations }
}
