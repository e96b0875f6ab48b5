import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openGenerated } from './generated/generated-source.ts'

const ENTRY_ID = /\/(-?\d+)\/$/

/**
 * Writes a made-up PokeAPI as a checkout of PokeAPI/api-data has it: `DIRECTORY/data/api/v2/type/id/index.json`, indented,
 * with relative links and whole lists. Returns the number of resources.
 */
export const writeApiData = async (
  directory: string,
  { pokemon, seed = 1 }: { readonly pokemon: number; readonly seed?: number },
): Promise<number> => {
  const source = openGenerated({ pokemon, seed })
  const write = async (path: string, document: unknown): Promise<void> => {
    const folder = join(directory, 'data/api/v2', path)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'index.json'), JSON.stringify(document, null, 2))
  }
  const copy = async (path: string): Promise<unknown> => {
    const document: unknown = JSON.parse(String((await source.document(path))?.bytes))
    await write(path, document)
    return document
  }
  let resources = 0
  for (const type of Object.keys(Object(await copy('')))) {
    const list = source.list(type)
    if (list === undefined) {
      await copy(type)
      continue
    }
    const results = list.slice(0, list.count)
    await write(type, { count: list.count, next: null, previous: null, results })
    for (const { url } of results) {
      const path = `${type}/${ENTRY_ID.exec(url)?.[1]}`
      for (const one of type === 'pokemon' ? [path, `${path}/encounters`] : [path]) {
        await copy(one)
        resources += 1
      }
    }
  }
  return resources
}
