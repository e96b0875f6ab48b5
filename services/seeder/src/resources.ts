import { errors } from '@pokepedia/errors'
import { type ResourcePath, resourcePath } from '@pokepedia/events'
import type { Log } from '@pokepedia/service'
import { type ListSource, pagesOf, pathOfResult, type TypeList } from './lists.ts'

/** A resource to request, and the list page that named it; null when a person named it. */
export interface Discovered {
  readonly path: ResourcePath
  readonly resourceType: string
  readonly discoveredFrom: string | null
}

export interface ReadOptions {
  readonly source: ListSource
  /** Results asked for per page. */
  readonly pageSize: number
  /** Whether a person named the type: a type that is no list is then an error. */
  readonly named: boolean
  readonly log: Log
  readonly signal: AbortSignal
}

/** A list whose count changes while it is read is read again, so often at most. */
const READINGS = 3

interface Reading {
  readonly seen: Set<ResourcePath>
  readonly refused: Set<string>
  /** The counts that the pages of the latest reading gave. */
  counts: Set<number>
}

/** Yields what one reading adds, page by page. */
async function* readOnce(
  list: TypeList,
  reading: Reading,
  { source, pageSize, signal }: ReadOptions,
): AsyncGenerator<Discovered[]> {
  reading.counts = new Set()
  for await (const page of pagesOf(source, list, pageSize, signal)) {
    const found: Discovered[] = []
    for (const result of page.results) {
      const path = pathOfResult(source, list, result)
      if (path === undefined) reading.refused.add(JSON.stringify(result).slice(0, 200))
      else if (!reading.seen.has(path)) {
        reading.seen.add(path)
        found.push({ path, resourceType: list.resourceType, discoveredFrom: page.url })
      }
    }
    reading.counts.add(page.count)
    if (found.length > 0) yield found
  }
}

const report = ({ resourceType, url }: TypeList, reading: Reading, { named, log, source }: ReadOptions): void => {
  const about = { resource_type: resourceType, url, found: reading.seen.size, refused: reading.refused.size }
  const [count] = reading.counts
  if (count === undefined && named)
    throw errors('type_unknown', `${resourceType} is no resource type: the upstream has no list at ${url}`)
  if (count === undefined) {
    log.info({ event: 'discover.no_list', ...about }, `${resourceType} is no list; it is skipped`)
    return
  }
  const [example] = reading.refused
  if (example !== undefined) {
    const why = `they are no ${resourceType} below ${source.apiRoot}`
    log.warn({ event: 'discover.refused', ...about }, `${about.refused} results are refused: ${why}, like ${example}`)
  } else if (about.found !== count)
    log.warn({ event: 'discover.count', ...about, count }, `${url} counts ${count} resources and names ${about.found}`)
}

const encountersOf = ({ path, ...rest }: Discovered): Discovered => ({
  path: resourcePath(`${path}/encounters`),
  ...rest,
})

/**
 * Every resource of a type, each once, in the list's order and in chunks; the encounters follow all pokemon.
 * Holds the paths of this one list. Throws `discovery_failed`, or `type_unknown` for a named type that is no list.
 */
export async function* resourcesOf(list: TypeList, options: ReadOptions): AsyncGenerator<Discovered[]> {
  const reading: Reading = { seen: new Set(), refused: new Set(), counts: new Set() }
  const pokemon: Discovered[][] = []
  for (let readings = 0; readings === 0 || (reading.counts.size > 1 && readings < READINGS); readings += 1) {
    for await (const page of readOnce(list, reading, options)) {
      if (list.resourceType === 'pokemon') pokemon.push(page)
      yield page
    }
  }
  report(list, reading, options)
  for (const page of pokemon) yield page.map(encountersOf)
}
