import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createLog } from '@pokepedia/service'
import { writeApiData } from '@pokepedia/stack'
import { migrate, openStore } from '@pokepedia/storage'
import { z } from 'zod'
import { pokepedia } from './command.ts'
import { deploy, seedAndWait, sql, until } from './support.ts'

// `POKEAPI_DATA=DIR npm test -- an-import-is-found` does it with the whole of PokeAPI/api-data, which takes minutes.

const log = createLog('test', 'silent')
const LIMIT_MS = 30 * 60_000

const sample = await mkdtemp(join(tmpdir(), 'pokepedia-import-'))
after(() => rm(sample, { recursive: true, force: true }))
const given = process.env['POKEAPI_DATA']
const directory = given ?? sample
const resources = given === undefined ? await writeApiData(sample, { pokemon: 6 }) : 15_463

const deployment = await deploy({ upstream: { kind: 'directory', directory } })
const run = async (...args: readonly string[]) => {
  const command = pokepedia(...args, '--directory', deployment.layout.directory, '--json')
  return { code: await command.exited, stdout: command.stdout(), stderr: command.stderr() }
}
const versions = () =>
  sql(deployment, "select count(*)::int as n, md5(string_agg(path || xmin, ' ' order by path)) from pokeapi_resources")

const imported = z.object({
  stored: z.number(),
  unchanged: z.number(),
  durationMs: z.number(),
  media: z.object({ runId: z.uuid(), requested: z.number() }).optional(),
})

test('an import with --sprites stores every document and brings every image, in a run that balances', async () => {
  const { code, stdout, stderr } = await run('import', directory, '--sprites')
  assert.equal(code, 0, stderr)
  const { stored, media } = imported.parse(JSON.parse(stdout))
  assert.equal(stored, resources)
  const named = await sql(
    deployment,
    "select count(distinct source_url)::int as n from pokepedia_asset_references where kind = 'sprite'",
  )
  assert.equal(media?.requested, named[0]?.['n'])

  const state = () => sql(deployment, 'select state, trigger from pokepedia_runs where id = $1', [media?.runId])
  const ended = await until('the end of the run', state, ([row]) => row?.['state'] !== 'running', LIMIT_MS)
  assert.deepEqual(ended, [{ state: 'completed', trigger: 'cli' }])
  const audit = await run('audit', media?.runId ?? '')
  assert.equal(audit.code, 0, audit.stdout)
  const stored_ = await sql(deployment, "select count(*)::int as n from pokepedia_assets where status = 'stored'")
  assert.equal(stored_[0]?.['n'], media?.requested)
})

test('the sync right after finds everything unchanged and rewrites no row', async () => {
  const before = await versions()
  assert.equal(before[0]?.['n'], resources)
  const { state, counts } = await seedAndWait(deployment, {}, LIMIT_MS)
  assert.equal(state, 'completed')
  for (const [queue, of] of Object.entries(counts)) assert.equal(of['unchanged'], of['requested'], queue)
  assert.equal(counts['pokepedia.ingest']?.['unchanged'], resources)
  assert.deepEqual(await versions(), before)
})

test('an import after the sync changes nothing either', async () => {
  const before = await versions()
  const { code, stdout } = await run('import', directory)
  assert.equal(code, 0)
  const { stored, unchanged } = imported.parse(JSON.parse(stdout))
  assert.deepEqual({ stored, unchanged }, { stored: 0, unchanged: resources })
  assert.deepEqual(await versions(), before)
})

test('what it has told to be stored is there after Postgres was killed at that moment', async () => {
  await sql(deployment, 'create database another')
  const another = new URL(deployment.stack.postgres)
  another.pathname = '/another'
  await migrate(another.href, log)
  await using store = openStore({ url: another.href, poolSize: 1 }, log)
  // One that may not analyse, which would wait for the disk, too.
  await store.query('making a role', "create role importer login password 'importer'")
  await store.query('granting', 'grant select, insert, update, delete on all tables in schema public to importer')
  another.username = another.password = 'importer'
  await using command = pokepedia('import', directory, '--database', another.href, '--upstream', 'http://127.0.0.1:1/')
  assert.equal(await command.exited, 0, command.stderr())
  const bringBack = await deployment.care.takeDown('postgres')
  await bringBack()
  const rows = await store.query('counting what is left', 'select count(*)::int as n from pokeapi_resources')
  assert.deepEqual(rows, [{ n: resources }])
})
