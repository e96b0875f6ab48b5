import type { RunId } from '@pokepedia/events'
import { z } from 'zod'
import type { Store } from '../store.ts'

const countRows = z.tuple([z.object({ requested: z.coerce.number(), present: z.coerce.number() })])

/** How many resources a run asked for, and how many of them have a row that the upstream confirmed since it began. */
export const rowsOfRun = async (store: Store, runId: RunId): Promise<{ requested: number; present: number }> => {
  const rows = await store.query(
    'counting the rows of a run',
    `select count(*) as requested, count(r.path) filter (where c.checked_at >= n.started_at) as present
     from pokepedia_runs n
     join pokepedia_run_ledger l on l.run_id = n.id and l.queue = 'pokepedia.ingest'
     left join pokeapi_resources r on r.path = l.key and r.status = 'present'
     left join pokepedia_resource_checks c on c.path = l.key
     where n.id = $1`,
    [runId],
  )
  return countRows.parse(rows)[0]
}
