import { opendir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { messageOf } from '@pokepedia/errors'
import { z } from 'zod'
import { usageError } from '../failure.ts'
import { fileKind, type ImportFile, type ImportSource } from './import-file.ts'

/** Where the API root may lie: in a checkout of api-data, in the directory of ditto's output, or right here. */
const PLACES = ['data/api/v2', 'api/v2', '.']
/** Files that are read ahead of the one that is handed out. */
const READ_AHEAD = 16

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

/** Every file below a directory, in the order of names; links to directories are not followed. */
async function* filesBelow(directory: string): AsyncGenerator<Found> {
  try {
    const entries = []
    for await (const entry of await opendir(directory)) entries.push(entry)
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

const read = async (root: string, found: Found): Promise<ImportFile> => {
  const name = relative(root, found.file).split(sep).join('/')
  if ('error' in found) return unreadable(name, found.error)
  const kind = fileKind(name)
  if ('skip' in kind) return { kind: 'skip', name, reason: kind.skip }
  try {
    const [bytes, { mtime: modifiedAt }] = await Promise.all([readFile(found.file), stat(found.file)])
    return { kind: 'document', path: kind.path, modifiedAt, bytes }
  } catch (error) {
    return unreadable(name, error)
  }
}

/** A directory of PokeAPI/api-data or of ditto's output. Throws a usage error when it is none. */
export const openDirectory = async (directory: string): Promise<ImportSource> => {
  const root = await apiRootIn(directory)
  const found: Found[] = []
  for await (const one of filesBelow(root)) found.push(one)
  let done = 0
  return {
    progress: () => done / Math.max(1, found.length),
    async *files() {
      const reading: Promise<ImportFile>[] = []
      for (const one of found) {
        reading.push(read(root, one))
        if (reading.length < READ_AHEAD) continue
        const next = await reading.shift()
        done += 1
        if (next) yield next
      }
      for (const last of reading) {
        done += 1
        yield await last
      }
    },
  }
}
