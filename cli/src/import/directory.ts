import { readdirSync, readFileSync, statSync } from 'node:fs'
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

type Found = { readonly file: string } | { readonly file: string; readonly error: unknown }

// Synchronous here and below: to wait for each of 15,000 directories and files costs more CPU time than to read them.

/** Every file below a directory, in the order of names; links to directories are not followed. */
function* filesBelow(directory: string): Generator<Found> {
  try {
    const entries = readdirSync(directory, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = join(directory, entry.name)
      if (entry.isDirectory()) yield* filesBelow(file)
      else yield { file }
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

const read = (root: string, found: Found): ImportFile => {
  const name = relative(root, found.file).split(sep).join('/')
  if ('error' in found) return unreadable(name, found.error)
  const kind = fileKind(name)
  if ('skip' in kind) return { kind: 'skip', name, reason: kind.skip }
  try {
    const { mtime: modifiedAt } = statSync(found.file)
    return { kind: 'document', path: kind.path, modifiedAt, bytes: readFileSync(found.file) }
  } catch (error) {
    return unreadable(name, error)
  }
}

/** A directory of PokeAPI/api-data or of ditto's output. Throws a usage error when it is none. */
export const openDirectory = async (directory: string): Promise<ImportSource> => {
  const root = await apiRootIn(directory)
  const found = [...filesBelow(root)]
  let done = 0
  return {
    progress: () => done / Math.max(1, found.length),
    async *files() {
      for (const one of found) {
        done += 1
        yield read(root, one)
      }
    },
  }
}
