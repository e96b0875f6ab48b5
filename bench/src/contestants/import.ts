import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Arena, documentsIn, emptyTables } from '../arena.ts'
import type { Contestant } from '../rounds.ts'

const main = fileURLToPath(new URL('../../../../cli/dist/src/main.js', import.meta.url))
const execute = promisify(execFile)

/** `pokepedia import` as a user starts it, Node's own start included. */
export const openImport = async (arena: Arena, data: string): Promise<Contestant & { readonly url: string }> => {
  const { url, store } = await arena.database('bench_import')
  const { upstream, mediaRoot } = arena.deployment.stack
  const roots = ['--upstream', upstream, ...(mediaRoot === undefined ? [] : ['--media-root', mediaRoot])]
  return {
    url,
    name: '`pokepedia import`',
    processes: ['self', 'postgres'],
    prepare: () => emptyTables(store),
    async run() {
      await execute(process.execPath, [main, 'import', data, '--database', url, ...roots, '--json'])
      return documentsIn(store)
    },
  }
}
