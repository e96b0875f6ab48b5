import { readdirSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { messageOf } from '@pokepedia/errors'
import { z } from 'zod'
import { usageError } from '../failure.ts'
import { fileKind, type ImportFile, type ImportSource } from './import-file.ts'

/** Where the API root may lie: in a checkout of api-data, in the directory of ditto's output, or right here. */
const PLACES = ['data/api/v2', 'api/v2', '.']

const rootIndex = z.record(z.string(), z.string())

const isApiRoot = async (directory: string): Promise<boolean> => {
  try {
    return rootIndex.safeParse(JSON.parse(await readFile(join(directory, 'index.json'), 'utf8'))).success
  } catch {
    return false
  }
}

const apiRootIn = async (directory: string): Promise<string> => {
  for (const place of PLACES) if (await isApiRoot(join(directory, place))) return join(directory, place)
  throw usageError(
    `${directory} has no data/api/v2/index.json that names resource types; give a directory of PokeAPI/api-data or of ditto's output, or a tar archive of one`,
  )
}

/** A file; or a directory whose files are not listed yet, or can't be. */
interface Found {
  readonly file: string
  readonly isDirectory?: boolean
  readonly error?: unknown
}

// Synchronous here and below: to wait for each of 15,000 directories costs more CPU time than to read them.

/** Every file below a directory, in the order of names, but what lies deeper than so many levels; no link is followed. */
function* filesBelow(directory: string, levels = Number.POSITIVE_INFINITY): Generator<Found> {
  try {
    const entries = readdirSync(directory, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = `${directory}${sep}${entry.name}`
      const isDirectory = entry.isDirectory()
      if (isDirectory && levels > 1) yield* filesBelow(file, levels - 1)
      else yield { file, isDirectory }
    }
  } catch (error) {
    yield { file: directory, error }
  }
}

const unreadable = (name: string, error: unknown): ImportFile => ({
  kind: 'skip',
  name,
  reason: 'unreadable',
  detail: messageOf(error),
})

const fileOf = (root: string, { file, error }: Found): ImportFile => {
  const name = relative(root, file).split(sep).join('/')
  if (error !== undefined) return unreadable(name, error)
  const kind = fileKind(name)
  if ('skip' in kind) return { kind: 'skip', name, reason: kind.skip }
  try {
    const { mtime: modifiedAt, size: byteLength } = statSync(file)
    return { kind: 'document', path: kind.path, modifiedAt, byteLength, content: file }
  } catch (thrown) {
    return unreadable(name, thrown)
  }
}

/** Types and their resources: a share of them is told without listing what lies below each. */
const LISTED_LEVELS = 2

/** A directory of PokeAPI/api-data or of ditto's output. Throws a usage error when it is none. */
export const openDirectory = async (directory: string): Promise<ImportSource> => {
  const root = await apiRootIn(directory)
  let listed = 1
  let done = 0
  return {
    progress: () => done / listed,
    async *files() {
      const places = [...filesBelow(root, LISTED_LEVELS)]
      listed = Math.max(1, places.length)
      for (const place of places) {
        for (const found of place.isDirectory ? filesBelow(place.file) : [place]) yield fileOf(root, found)
        done += 1
      }
    },
  }
}
