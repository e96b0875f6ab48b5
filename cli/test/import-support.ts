import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createLog } from '@pokepedia/service'
import { writeApiData } from '@pokepedia/stack'
import { migrate, openStore, type Store } from '@pokepedia/storage'
import { z } from 'zod'

const stackFile = process.env['POKEPEDIA_TEST_STACK']
if (!stackFile) throw new Error('POKEPEDIA_TEST_STACK names no stack.json; run `npm test`')
const { postgres } = z.object({ postgres: z.string() }).parse(JSON.parse(readFileSync(stackFile, 'utf8')))
const main = fileURLToPath(new URL('../src/main.js', import.meta.url))
const log = createLog('test', 'silent')

/** Where the imported links lead in these tests. */
export const UPSTREAM = 'http://127.0.0.1:1/api/v2/'

/** An empty directory of this test file's own. */
export const freshFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'pokepedia-import-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A made-up checkout of api-data. */
export const apiData = async (pokemon: number): Promise<{ folder: string; root: string; resources: number }> => {
  const folder = freshFolder()
  const resources = await writeApiData(folder, { pokemon })
  return { folder, root: join(folder, 'data/api/v2'), resources }
}

/** A migrated database of this test file's own, dropped at its end. */
export const freshDatabase = async (): Promise<{ url: string; store: Store }> => {
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = openStore({ url: postgres, poolSize: 1 }, log)
  await admin.query('making a database', `create database ${name}`)
  const url = new URL(postgres)
  url.pathname = `/${name}`
  await migrate(url.href, log)
  const store = openStore({ url: url.href, poolSize: 2 }, log)
  after(async () => {
    await store[Symbol.asyncDispose]()
    await admin.query('dropping a database', `drop database ${name} with (force)`)
    await admin[Symbol.asyncDispose]()
  })
  return { url: url.href, store }
}

/** The `pokepedia` command, running. */
export const start = (args: readonly string[]) => {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const ended = once(child, 'close').then(([code]) => ({ code: z.number().nullable().parse(code), stdout, stderr }))
  return { child, ended }
}

const outcome = z.object({
  stored: z.number(),
  unchanged: z.number(),
  superseded: z.number(),
  skipped: z.array(
    z.object({
      reason: z.string(),
      count: z.number(),
      examples: z.array(z.object({ name: z.string(), detail: z.string().optional() })),
    }),
  ),
})

/** Imports into a database with `pokepedia import`, and reads what it says. */
export const importInto = async (url: string, place: string, ...more: readonly string[]) => {
  const { ended } = start(['import', place, '--database', url, '--upstream', UPSTREAM, '--json', ...more])
  const { code, stdout, stderr } = await ended
  const { skipped, ...counts } = outcome.parse(JSON.parse(stdout || `{"failed":${JSON.stringify(stderr)}}`))
  return { code, counts, skipped }
}

/** Everything that an import writes and a later reading can see, but when. */
export const contentsOf = (store: Store): Promise<unknown[]> =>
  store.query(
    'reading all',
    `select
       (select jsonb_agg(to_jsonb(r) - 'fetched_at' - 'changed_at' order by path) from pokeapi_resources r) as resources,
       (select jsonb_agg(a order by resource_path, json_pointer) from pokepedia_asset_references a) as media,
       (select jsonb_agg(to_jsonb(p) - 'updated_at' order by id) from pokepedia_pokemon p) as pokemon,
       (select count(*)::int from pokepedia_resource_checks) as checks`,
  )
