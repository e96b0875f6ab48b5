import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A page of the documentation. */
export interface Page {
  /** From the root of the checkout, such as `docs/lag.md`. */
  readonly path: string
  readonly markdown: string
}

const FOLDERS = ['docs', 'deploy', 'schemas']

/** Every page of a checkout: the README first, as a reader begins there, then the others by name. */
export const pagesOf = async (root: string): Promise<Page[]> => {
  const inFolders = await Promise.all(
    FOLDERS.map(async (folder) =>
      (await readdir(join(root, folder), { recursive: true })).map((name) => join(folder, name)),
    ),
  )
  const paths = [...(await readdir(root)), ...inFolders.flat()].filter((path) => path.endsWith('.md')).toSorted()
  const ordered = ['README.md', ...paths.filter((path) => path !== 'README.md')]
  return Promise.all(ordered.map(async (path) => ({ path, markdown: await readFile(join(root, path), 'utf8') })))
}
