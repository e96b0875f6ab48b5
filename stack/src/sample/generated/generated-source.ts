import { hash } from '../random.ts'
import type { Entry, Source } from '../source.ts'
import { CATALOG, countOf, factsOf, isTypeName, type TypeName, type World } from './catalog.ts'
import { DOCUMENTS } from './documents.ts'
import { encounters } from './pokemon.ts'
import { nameOf, randomOf, urlOf } from './refs.ts'

const RESOURCE_PATH = /^([a-z-]+)\/(-?\d+)(\/encounters)?$/

const indexOf = (): object =>
  Object.fromEntries([...Object.keys(CATALOG), 'meta'].sort().map((type) => [type, `/api/v2/${type}/`]))

const metaOf = (world: World): object => ({
  deploy_date: String(1_700_000_000 + world.pokemon),
  hash: hash('meta', world.seed).toString(16).padStart(8, '0').repeat(5),
  tag: null,
})

const entryOf = (world: World, type: TypeName, id: number): Entry => ({
  ...(factsOf(type).named ? { name: nameOf(world, type, id) } : {}),
  url: urlOf(type, id),
})

const resourceOf = (world: World, path: string): object | undefined => {
  const [, type = '', digits = '', below] = RESOURCE_PATH.exec(path) ?? []
  const id = Number(digits)
  if (!isTypeName(type) || String(id) !== digits) return undefined
  const index = id - factsOf(type).firstId
  if (index < 0 || index >= countOf(world, type)) return undefined
  if (below === undefined) return DOCUMENTS[type](world, id, randomOf(world, type, id))
  return type === 'pokemon' ? encounters(world, id, randomOf(world, 'location-area', -id)) : undefined
}

/**
 * A made-up PokeAPI of any size that is never held in memory: each document is a pure function of the world and its path.
 * 151 pokemon make about 1,000 resources and 1,900 media files.
 */
export const openGenerated = (world: World): Source => ({
  list: (type) =>
    isTypeName(type)
      ? {
          count: countOf(world, type),
          slice: (begin, end) =>
            Array.from({ length: Math.max(0, end - begin) }, (_, index) =>
              entryOf(world, type, factsOf(type).firstId + begin + index),
            ),
        }
      : undefined,
  document: async (path) => {
    const found = path === '' ? indexOf() : path === 'meta' ? metaOf(world) : resourceOf(world, path)
    return found && { bytes: Buffer.from(JSON.stringify(found)) }
  },
})
