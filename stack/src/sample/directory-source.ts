import type { Stats } from 'node:fs'
import { access, open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errors } from '@pokepedia/errors'
import { z } from 'zod'
import type { Entry, Source } from './source.ts'

const indexSchema = z.record(z.string(), z.string())
const listSchema = z.object({ results: z.array(z.object({ name: z.string().optional(), url: z.string() })) })
const DOCUMENT_PATH = /^(?:[a-z-]+(?:\/-?\d+(?:\/encounters)?)?)?$/

const stampOf = ({ ino, size, mtimeMs }: Stats): string => `${ino} ${size} ${mtimeMs}`

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

const apiRootIn = async (directory: string): Promise<string> => {
  for (const below of ['data/api/v2', 'api/v2', '.']) {
    const root = join(directory, below)
    if (await exists(join(root, 'index.json'))) return root
  }
  throw errors(
    'upstream_dir_invalid',
    `${directory} has no data/api/v2/index.json; name a directory of PokeAPI/api-data or of ditto's output`,
  )
}

const parsed = async <T>(schema: z.ZodType<T>, file: string): Promise<T> => {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    throw errors('upstream_dir_invalid', `${file} is not as PokeAPI/api-data has it`, { cause })
  }
}

/**
 * A directory of PokeAPI/api-data (`DIR/data/api/v2/type/id/index.json`) as a source.
 * The lists are held in memory (1.5 MB for the real data), documents are read from disk each time.
 * Throws `upstream_dir_invalid`.
 */
export const openDirectory = async (directory: string): Promise<Source> => {
  const root = await apiRootIn(directory)
  const lists = new Map<string, readonly Entry[]>()
  for (const type of Object.keys(await parsed(indexSchema, join(root, 'index.json')))) {
    // The index also names `meta`, which is a document, no list.
    if (type === 'meta') continue
    lists.set(type, (await parsed(listSchema, join(root, type, 'index.json'))).results)
  }
  const ofFile = async <Found>(path: string, find: (file: string) => Promise<Found>): Promise<Found | undefined> => {
    if (!DOCUMENT_PATH.test(path)) return undefined
    try {
      return await find(join(root, path, 'index.json'))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }
  return {
    list: (type) => {
      const entries = lists.get(type)
      return entries && { count: entries.length, slice: (begin, end) => entries.slice(begin, end) }
    },
    document: (path) =>
      ofFile(path, async (file) => {
        await using handle = await open(file)
        // Before the bytes: a file that is written meanwhile has another stamp the next time.
        const stamp = stampOf(await handle.stat())
        return { bytes: await handle.readFile(), stamp }
      }),
    stamp: (path) => ofFile(path, async (file) => stampOf(await stat(file))),
  }
}
