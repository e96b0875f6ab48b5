import { z } from 'zod'
import type { Store } from '../store.ts'

const keyRows = z.array(z.object({ key: z.string() }))

/** Of these keys of a queue those for which the upstream answered 404 or 410 in a run that the ledger still has. */
export const saidGone = async (store: Store, queue: string, keys: readonly string[]): Promise<Set<string>> => {
  if (keys.length === 0) return new Set()
  const rows = await store.query(
    'reading what the upstream does not have',
    `select distinct key from pokepedia_run_ledger where queue = $1 and key = any ($2) and outcome = 'gone'`,
    [queue, keys],
  )
  return new Set(keyRows.parse(rows).map(({ key }) => key))
}
