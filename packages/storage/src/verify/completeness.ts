import { ingestQueue, type ResourcePath, resourcePathSchema } from '@pokepedia/events'
import { z } from 'zod'
import { eachPage } from '../each-page.ts'
import type { Store } from '../store.ts'
import type { Fault } from './fault.ts'
import { saidGone } from './said-gone.ts'

/** The resources that the upstream's lists name, by type. */
export type Listing = ReadonlyMap<string, ReadonlySet<ResourcePath>>

/** How the copy of one type stands. */
export interface TypeCount {
  readonly listed: number
  /** Rows that are not marked gone. */
  stored: number
  missing: number
  extra: number
  stale: number
  /** Listed, but the upstream answers that it has no such resource. */
  gone: number
}

export interface CompletenessOptions {
  readonly listing: Listing
  /** These types only; all unless given. */
  readonly types: readonly string[] | undefined
  /** A row that the upstream has not confirmed since is stale. */
  readonly checkedSince: Date
}

const PAGE = 5_000
const storedRows = z.array(
  z.object({ path: resourcePathSchema, type: z.string(), gone: z.boolean(), checkedAt: z.date() }),
)

const SELECT = `select r.path, r.resource_type as type, r.status = 'gone' as gone,
    coalesce(c.checked_at, r.fetched_at) as "checkedAt"
  from pokeapi_resources r left join pokepedia_resource_checks c using (path)
  where $1::text[] is null or r.resource_type = any ($1) order by r.path`

/** Compares the rows with the upstream's lists. Holds the paths of the lists, not the rows. */
export const completeness = async (
  store: Store,
  { listing, types, checkedSince }: CompletenessOptions,
): Promise<{ byType: Map<string, TypeCount>; faults: Fault[] }> => {
  const none = { stored: 0, missing: 0, extra: 0, stale: 0, gone: 0 }
  const byType = new Map([...listing].map(([type, { size }]): [string, TypeCount] => [type, { listed: size, ...none }]))
  const countOf = (type: string): TypeCount => {
    const count = byType.get(type) ?? { listed: 0, ...none }
    byType.set(type, count)
    return count
  }
  const left = new Set([...listing.values()].flatMap((paths) => [...paths]))
  const faults: Fault[] = []

  await eachPage(store, 'reading the rows', { text: SELECT, values: [types ?? null], pageSize: PAGE }, (rows) => {
    for (const { path, type, gone, checkedAt } of storedRows.parse(rows)) {
      const isListed = left.delete(path)
      const count = countOf(type)
      if (gone) {
        if (isListed) count.gone += 1
        continue
      }
      count.stored += 1
      if (!isListed) {
        count.extra += 1
        faults.push({ kind: 'extra', key: path, detail: 'the upstream does not list it', seeds: [path] })
      } else if (checkedAt < checkedSince) {
        count.stale += 1
        const detail = `the upstream confirmed it last at ${checkedAt.toISOString()}`
        faults.push({ kind: 'stale', key: path, detail, seeds: [path] })
      }
    }
  })

  const gone = await saidGone(store, ingestQueue.name, [...left])
  for (const path of left) {
    const count = countOf(path.slice(0, path.indexOf('/')))
    if (gone.has(path)) count.gone += 1
    else {
      count.missing += 1
      faults.push({ kind: 'missing', key: path, detail: 'the upstream lists it; there is no row', seeds: [path] })
    }
  }
  return { byType, faults }
}
