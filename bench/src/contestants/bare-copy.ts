import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { type Arena, COPY_TABLES, documentsIn, emptyTables } from '../arena.ts'
import type { Contestant } from '../rounds.ts'

const withClient = async <Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** The rows of a filled database, written to files by COPY, and read from them by COPY: what any import has to do. */
export const openBareCopy = async (arena: Arena, filled: string): Promise<Contestant & AsyncDisposable> => {
  const { url, store } = await arena.database('bench_copy')
  const directory = await mkdtemp(join(tmpdir(), 'pokepedia-bench-rows-'))
  const fileOf = (table: string): string => join(directory, table)
  await withClient(filled, async (client) => {
    for (const table of COPY_TABLES) {
      const rows = client.query(copyTo(`copy ${table} to stdout (format binary)`))
      await pipeline(rows, createWriteStream(fileOf(table)))
    }
  })
  return {
    name: 'bare COPY',
    processes: ['self', 'postgres'],
    prepare: () => emptyTables(store),
    async run() {
      await withClient(url, async (client) => {
        for (const table of COPY_TABLES) {
          const rows = client.query(copyFrom(`copy ${table} from stdin (format binary)`))
          await pipeline(createReadStream(fileOf(table), { highWaterMark: 1024 * 1024 }), rows)
        }
      })
      return documentsIn(store)
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}
