import { errors } from '@pokepedia/errors'
import { partsOfPath, type ResourcePath } from '@pokepedia/events'
import { forEach } from './for-each.ts'
import { discoveryFailure, readIndex, type TypeList } from './lists.ts'
import { type Discovered, type ReadOptions, resourcesOf } from './resources.ts'

/** What to seed. Neither types nor paths means everything. */
export interface Selection {
  readonly types?: readonly string[] | undefined
  readonly paths?: readonly ResourcePath[] | undefined
  /** The largest number of resources. */
  readonly limit?: number | undefined
}

export type DiscoverOptions = Omit<ReadOptions, 'named' | 'pageSize'> & {
  /** Results asked for per page of a type's list; 1,000 where it says nothing. */
  readonly pageSizeOf?: (resourceType: string) => number | undefined
}

const PAGE_SIZE = 1_000
const LISTS_AT_ONCE = 4

const unknownTypes = (unknown: readonly string[], known: readonly string[]) => {
  const named = unknown.slice(0, 10).map((type) => JSON.stringify(type.slice(0, 100)))
  const more = unknown.length > 10 ? ` and ${unknown.length - 10} more` : ''
  return errors('type_unknown', `the upstream has no type ${named.join(', ')}${more}; it has ${known.join(', ')}`)
}

/** The lists of the named types, or of all, in the index's order; throws `type_unknown`. */
export const listsOf = (index: ReadonlyMap<string, TypeList>, types: readonly string[] | undefined): TypeList[] => {
  const wanted = new Set(types ?? index.keys())
  const unknown = [...wanted].filter((type) => !index.has(type))
  if (unknown.length > 0) throw unknownTypes(unknown, [...index.keys()])
  return [...index.values()].filter((list) => wanted.has(list.resourceType))
}

const asked = (path: ResourcePath): Discovered => ({
  path,
  resourceType: partsOfPath(path).resourceType,
  discoveredFrom: null,
})

const firstOf = async (pages: AsyncIterable<Discovered[]>, count: number): Promise<Discovered[]> => {
  const first: Discovered[] = []
  for await (const page of pages) {
    for (const entry of page.slice(0, count - first.length)) first.push(entry)
    if (first.length >= count) break
  }
  return first
}

/** The first of each type, the second of each, and so on, so that a small limit samples every type. */
const inTurns = (byType: readonly (readonly Discovered[])[], limit: number): Discovered[] => {
  const taken: Discovered[] = []
  const longest = byType.reduce((most, entries) => Math.max(most, entries.length), 0)
  for (let turn = 0; turn < longest && taken.length < limit; turn += 1)
    for (const entries of byType) taken.push(...entries.slice(turn, turn + 1))
  return taken.slice(0, limit)
}

/** The first `limit` of each list. */
const readLists = async (
  lists: readonly TypeList[],
  limit: number,
  options: DiscoverOptions & Pick<ReadOptions, 'named'>,
): Promise<Discovered[][]> => {
  const byType: Discovered[][] = lists.map(() => [])
  await forEach([...lists.entries()], LISTS_AT_ONCE, options.signal, async ([i, list], signal) => {
    const pageSize = Math.min(limit, options.pageSizeOf?.(list.resourceType) ?? PAGE_SIZE)
    byType[i] = await firstOf(resourcesOf(list, { ...options, pageSize, signal }), limit)
  })
  return byType
}

/**
 * The resources that a selection means, each once; about 100 bytes of memory for each. Named paths come first; with a
 * limit the types take turns. Throws `discovery_failed`, whose cause is classified, or `type_unknown`.
 */
export const discover = async ({ types, paths, limit }: Selection, options: DiscoverOptions): Promise<Discovered[]> => {
  const chosen = [...new Set(paths)].slice(0, limit).map(asked)
  const left = (limit ?? Number.POSITIVE_INFINITY) - chosen.length
  if (left === 0 || (paths && !types)) return chosen

  const known = new Set(chosen.map((entry) => entry.path))
  const lists = listsOf(await readIndex(options.source, options.signal), types)
  const reads = { ...options, named: types !== undefined }
  const found = (await readLists(lists, limit ?? Number.POSITIVE_INFINITY, reads)).map((entries) =>
    entries.filter((entry) => !known.has(entry.path)),
  )
  const all = [...chosen, ...(limit === undefined ? found.flat() : inTurns(found, left))]
  if (all.length === 0)
    throw discoveryFailure('found nothing', errors('host_refused', `no resource below ${options.source.apiRoot}`))
  return all
}
