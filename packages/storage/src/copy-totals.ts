import { ingestQueue } from '@pokepedia/events'
import { z } from 'zod'
import type { Store } from './store.ts'

const resourceRows = z.array(
  z.object({
    resourceType: z.string(),
    status: z.enum(['present', 'gone']),
    count: z.coerce.number(),
    /** When the one of them that was checked longest ago was; null while none was. */
    oldestCheckAt: z.date().nullable(),
  }),
)
const expectedRows = z.array(z.object({ resourceType: z.string(), count: z.coerce.number() }))
const assetRows = z.array(z.object({ status: z.enum(['stored', 'gone']), count: z.coerce.number() }))
const runRows = z.tuple([z.object({ startedAt: z.date().nullable(), completedAt: z.date().nullable() })])

/** How much of the upstream the copy has, and how old it is. */
export interface CopyTotals {
  readonly resources: z.infer<typeof resourceRows>
  /** Resources of each type that the upstream listed when a run last took the whole type. */
  readonly expected: z.infer<typeof expectedRows>
  readonly assets: z.infer<typeof assetRows>
  /** The newest run's start, and the newest end of a run that was neither cancelled nor failed. */
  readonly runs: z.infer<typeof runRows>[0]
}

/** Of a type the counts of the newest such run: runs of paths or with a limit don't say how many there are. */
const EXPECTED = `
  select distinct on (c.resource_type) c.resource_type as "resourceType", sum(c.count) as count
  from (select id, counts from pokepedia_runs
        where state in ('completed', 'completed_with_dead_letters') and not request ?| array['paths', 'limit']
        order by id desc limit 50) r
  cross join jsonb_to_recordset(r.counts) as c (queue text, resource_type text, count bigint)
  where c.queue = $1 group by r.id, c.resource_type order by c.resource_type, r.id desc`

/** Reads the totals of the whole copy: some 40 ms of Postgres for all of PokeAPI. */
export const copyTotals = async (store: Store): Promise<CopyTotals> => ({
  resources: resourceRows.parse(
    await store.query(
      'counting resources',
      `select resource_type as "resourceType", status, count(*), min(c.checked_at) as "oldestCheckAt"
       from pokeapi_resources left join pokepedia_resource_checks c using (path) group by 1, 2`,
    ),
  ),
  expected: expectedRows.parse(await store.query('counting what is expected', EXPECTED, [ingestQueue.name])),
  assets: assetRows.parse(
    await store.query('counting assets', 'select status, count(*) from pokepedia_assets group by 1'),
  ),
  runs: runRows.parse(
    await store.query(
      'finding the last runs',
      `select max(started_at) as "startedAt",
         max(finished_at) filter (where state in ('completed', 'completed_with_dead_letters')) as "completedAt"
       from pokepedia_runs`,
    ),
  )[0],
})
