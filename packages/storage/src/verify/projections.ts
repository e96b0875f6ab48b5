import { resourcePathSchema } from '@pokepedia/events'
import { z } from 'zod'
import type { Store } from '../store.ts'
import type { Fault } from './fault.ts'

const pathRows = z.array(z.object({ path: resourcePathSchema }))

/** Stored Pokémon without their row in `pokepedia_pokemon`. */
export const projectionFaults = async (store: Store, types: readonly string[] | undefined): Promise<Fault[]> => {
  if (types !== undefined && !types.includes('pokemon')) return []
  const rows = await store.query(
    'looking for Pokémon without a projection',
    `select r.path from pokeapi_resources r
     where r.status = 'present' and r.resource_type = 'pokemon' and r.path !~ '/encounters$' and r.name is not null
       and not exists (select from pokepedia_pokemon p where p.id = r.resource_id and p.resource_path = r.path)
     order by r.path`,
  )
  return pathRows
    .parse(rows)
    .map(({ path }) => ({ kind: 'projection', key: path, detail: 'pokepedia_pokemon has no row of it', seeds: [path] }))
}
