import { z } from 'zod'
import { copyColumns, PATH_IN_COPY } from '../copy-table.ts'
import type { Store } from '../store.ts'
import type { Fault } from './fault.ts'

/** Another copy of PokeAPI. */
export interface OtherCopy {
  readonly store: Store
  /** For the person who reads of it; no password in it. */
  readonly name: string
}

const PAGE = 2_000
const copyRows = z.array(z.object({ path: z.string(), hash: z.string().nullable() }))
type CopyRow = z.infer<typeof copyRows>[number]
const digestRows = z.array(z.object({ path: z.string(), digest: z.string() }))

/** In an order that every database has. */
const PATH = `${PATH_IN_COPY} collate "C"`
/** The text of jsonb has one order of keys and no white space, so equal documents have equal digests in every copy. */
const DIGEST = `md5(data::jsonb::text)`

/** Rows by path, one at a time, read in pages. */
async function* rowsOf({ store }: OtherCopy, columns: ReadonlySet<string>, types: readonly string[] | undefined) {
  const hash = columns.has('content_hash') ? 'content_hash' : 'null::text'
  const present = columns.has('status') ? `and status = 'present'` : ''
  const text = `select * from (select ${PATH} as path, ${hash} as hash from pokeapi_resources where true ${present}) as c
    where ($1::text is null or c.path > $1) and ($2::text[] is null or split_part(c.path, '/', 1) = any ($2))
    order by c.path limit ${PAGE}`
  for (let after: string | null = null; ; ) {
    const rows: CopyRow[] = copyRows.parse(await store.query('reading a copy', text, [after, types ?? null]))
    yield* rows
    after = rows.at(-1)?.path ?? null
    if (rows.length < PAGE) return
  }
}

const next = async (rows: AsyncGenerator<CopyRow>): Promise<CopyRow | undefined> => {
  const { value, done } = await rows.next()
  return done ? undefined : value
}

const digestsOf = async ({ store }: OtherCopy, paths: readonly string[]): Promise<Map<string, string>> => {
  const rows = await store.query(
    'comparing documents',
    `select path, ${DIGEST} as digest from (select ${PATH} as path, data from pokeapi_resources) as c where path = any ($1)`,
    [paths],
  )
  return new Map(digestRows.parse(rows).map(({ path, digest }) => [path, digest]))
}

const differs = (key: string, detail: string): Fault => ({ kind: 'differs', key, detail, seeds: [] })

/** Of these paths, which both copies have, those whose documents are not equal. */
const unequal = async (ours: OtherCopy, other: OtherCopy, paths: readonly string[]): Promise<Fault[]> => {
  if (paths.length === 0) return []
  const [here, there] = await Promise.all([digestsOf(ours, paths), digestsOf(other, paths)])
  return paths
    .filter((path) => here.get(path) !== there.get(path))
    .map((path) => differs(path, `its document is another one in ${other.name}`))
}

/** As `collate "C"` sorts. */
const isBefore = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0

/** Documents that are compared in one query. */
const AT_ONCE = 500

/**
 * Compares the present rows with those of another copy, path by path. Equal hashes mean equal documents; where a hash
 * is absent or another, the documents themselves are compared in their canonical form, each in its own database. The
 * other copy needs the columns `path` and `data` (json or jsonb) alone. Undefined when it has no such table.
 */
export const compareCopies = async (
  ours: OtherCopy,
  other: OtherCopy,
  types: readonly string[] | undefined,
): Promise<{ compared: number; faults: Fault[] } | undefined> => {
  const [here, there] = await Promise.all([copyColumns(ours.store), copyColumns(other.store)])
  if (!there.has('path') || !there.has('data')) return undefined
  const faults: Fault[] = []
  let compared = 0
  let doubtful: string[] = []
  const settle = async (): Promise<void> => {
    faults.push(...(await unequal(ours, other, doubtful)))
    doubtful = []
  }

  const left = rowsOf(ours, here, types)
  const right = rowsOf(other, there, types)
  let [mine, theirs] = await Promise.all([next(left), next(right)])
  while (mine !== undefined || theirs !== undefined) {
    if (mine !== undefined && theirs !== undefined && mine.path === theirs.path) {
      compared += 1
      if (mine.hash === null || mine.hash !== theirs.hash) doubtful.push(mine.path)
      if (doubtful.length === AT_ONCE) await settle()
      ;[mine, theirs] = await Promise.all([next(left), next(right)])
    } else if (mine !== undefined && (theirs === undefined || isBefore(mine.path, theirs.path))) {
      faults.push(differs(mine.path, `it is not in ${other.name}`))
      mine = await next(left)
    } else if (theirs !== undefined) {
      faults.push(differs(theirs.path, `it is in ${other.name} alone`))
      theirs = await next(right)
    }
  }
  await settle()
  return { compared, faults: faults.sort((x, y) => (isBefore(x.key, y.key) ? -1 : 1)) }
}
