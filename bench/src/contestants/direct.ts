import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { partsOfPath, type ResourcePath } from '@pokepedia/events'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { z } from 'zod'
import { type Arena, documentsIn, emptyTables } from '../arena.ts'
import type { Contestant } from '../rounds.ts'
import { documentAddresses, IN_FLIGHT, inFlight, openClient } from '../upstream-client.ts'

const BATCH = 200
const COLUMNS = 'path, resource_type, resource_id, name, url, data, content_hash, etag, fetched_at, changed_at'
const named = z.object({ name: z.string() })

/** A field of COPY's text format. */
const field = (value: string | number | null): string =>
  value === null
    ? '\\N'
    : String(value).replace(
        /[\\\n\r\t]/g,
        (one) => `\\${one === '\n' ? 'n' : one === '\r' ? 'r' : one === '\t' ? 't' : one}`,
      )

interface Row {
  readonly path: ResourcePath
  readonly url: string
  readonly body: Buffer
  readonly etag: string | null
  readonly fetchedAt: string
}

/** The document is parsed, as whoever stores JSON has to; it is not hashed, nor looked into. */
const lineOf = ({ path, url, body, etag, fetchedAt }: Row): string => {
  const document: unknown = JSON.parse(body.toString('utf8'))
  const { resourceType, resourceId } = partsOfPath(path)
  const name = named.safeParse(document).data?.name ?? null
  const values = [path, resourceType, resourceId, name, url, JSON.stringify(document), '', etag, fetchedAt, fetchedAt]
  return `${values.map(field).join('\t')}\n`
}

const upsert = async (client: pg.Client, lines: readonly string[]): Promise<void> => {
  await client.query('begin')
  await pipeline(Readable.from(lines), client.query(copyFrom(`copy fetched (${COLUMNS}) from stdin`)))
  await client.query(
    `insert into pokeapi_resources (${COLUMNS}) select ${COLUMNS} from fetched on conflict (path) do update set
       data = excluded.data, etag = excluded.etag, fetched_at = excluded.fetched_at, changed_at = excluded.changed_at`,
  )
  await client.query('commit')
}

/** Fetches every document and upserts by COPY, in one process and without a queue: what this machine can do at best. */
export const openDirect = async (arena: Arena): Promise<Contestant & AsyncDisposable> => {
  const { url, store } = await arena.database('bench_direct')
  const { upstream } = arena.deployment.stack
  const http = openClient()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('create temp table fetched (like pokeapi_resources including defaults) on commit delete rows')
  return {
    name: 'direct (fetch, COPY upsert)',
    processes: ['self', 'postgres'],
    prepare: () => emptyTables(store),
    async run() {
      let lines: string[] = []
      let written = Promise.resolve()
      const write = (): void => {
        const batch = lines
        lines = []
        written = written.then(() => upsert(client, batch))
      }
      await inFlight(await documentAddresses(http, upstream), IN_FLIGHT, async ({ path, url: address }) => {
        const fetchedAt = new Date().toISOString()
        const { body, etag } = await http.get(address)
        lines.push(lineOf({ path, url: address, body, etag, fetchedAt }))
        if (lines.length < BATCH) return
        // Memory stays bounded: a batch waits for the one before it.
        const before = written
        write()
        await before
      })
      if (lines.length > 0) write()
      await written
      return documentsIn(store)
    },
    async [Symbol.asyncDispose]() {
      await client.end()
      await http[Symbol.asyncDispose]()
    },
  }
}
