import { z } from 'zod'
import type { Store } from './store.ts'

const columnRows = z.array(z.object({ name: z.string() }))

/** The columns of the table `pokeapi_resources` of a copy, ours or another's; none where there is no such table. */
export const copyColumns = async (store: Store): Promise<ReadonlySet<string>> => {
  const rows = await store.query(
    'looking for the table of a copy',
    `select attname as name from pg_attribute
     where attrelid = to_regclass('pokeapi_resources') and attnum > 0 and not attisdropped`,
  )
  return new Set(columnRows.parse(rows).map(({ name }) => name))
}

/** SQL of a path as ours, from a column `path` that may hold `/api/v2/pokemon/25/` and the like. */
export const PATH_IN_COPY = `trim(both '/' from regexp_replace(path, '^.*/api/v2/', ''))`
