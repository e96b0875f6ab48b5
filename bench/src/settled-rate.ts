import { ingestQueue } from '@pokepedia/events'
import { z } from 'zod'
import type { Arena } from './arena.ts'

const rateRows = z.tuple([z.object({ rate: z.number() })])

/**
 * Events of the newest run that were settled in a second, between its first and its last one: what a run takes to begin
 * and to end is left out.
 */
export const settledRate = async ({ store }: Arena): Promise<number> => {
  const rows = await store.query(
    'reading the rate of a run',
    `select ((count(*) - 1) / extract(epoch from max(settled_at) - min(settled_at)))::float8 as rate
     from pokepedia_run_ledger
     where queue = $1 and run_id = (select id from pokepedia_runs order by id desc limit 1)`,
    [ingestQueue.name],
  )
  return rateRows.parse(rows)[0].rate
}
