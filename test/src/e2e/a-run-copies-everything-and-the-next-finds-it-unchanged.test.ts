import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newTraceparent } from '@pokepedia/events'
import { z } from 'zod'
import { pokepedia } from './command.ts'
import { deploy, objectOf, recordsOf, seedAndWait, setFaults, sql } from './support.ts'

const deployment = await deploy({ upstream: { kind: 'sample', pokemon: 12 } })
const { upstream } = deployment.stack

const traceparent = newTraceparent()

const listSchema = z.object({ count: z.number() })
const requestsSchema = z.looseObject({ media: z.number(), json: z.number(), notModified: z.number() })
const requests = async () => requestsSchema.parse(await (await fetch(new URL('/__requests', upstream))).json())

test('every resource of every list is stored, equal to what the upstream sends', async () => {
  const run = await seedAndWait(deployment, {}, undefined, { traceparent })
  assert.equal(run.state, 'completed', JSON.stringify(run))
  assert.equal(run.traceparent, traceparent)

  const index = z.record(z.string(), z.url()).parse(await (await fetch(upstream)).json())
  let expected = 0
  for (const [type, url] of Object.entries(index)) {
    const list = listSchema.safeParse(await (await fetch(url)).json())
    if (list.success) expected += list.data.count * (type === 'pokemon' ? 2 : 1)
  }
  assert.equal(run.counts['pokepedia.ingest']?.['requested'], expected)
  assert.equal(run.counts['pokepedia.ingest']?.['stored'], expected)

  const rows = await sql(deployment, 'select url, data from pokeapi_resources order by random() limit 100')
  for (const { url, data } of rows) assert.deepEqual(data, await (await fetch(String(url))).json(), String(url))
})

test('every image that a document names is stored byte for byte, once', async () => {
  const named = await sql(
    deployment,
    "select count(distinct source_url)::int as n from pokepedia_asset_references where kind = 'sprite'",
  )
  const stored = await sql(
    deployment,
    'select count(*)::int as n, count(distinct object_key)::int as keys from pokepedia_assets',
  )
  assert.deepEqual(stored, [{ n: named[0]?.['n'], keys: named[0]?.['n'] }])
  const assets = await sql(deployment, 'select source_url, object_key from pokepedia_assets order by random() limit 50')
  for (const { source_url, object_key } of assets) {
    const source = Buffer.from(await (await fetch(String(source_url))).arrayBuffer())
    assert.ok(source.equals(await objectOf(deployment, String(object_key))), String(source_url))
  }
})

test('the trace of the seed stands in each event on Kafka, each resource and each asset', async () => {
  for (const table of ['pokeapi_resources', 'pokepedia_assets'])
    assert.deepEqual(await sql(deployment, `select distinct traceparent from ${table}`), [{ traceparent }], table)
  const topics = ['pokepedia.ingest', 'pokepedia.sprites']
  for (const records of await Promise.all(topics.map((topic) => recordsOf(deployment, topic)))) {
    // The values are Avro, which may hold line breaks; each record begins with its headers.
    const headers = records.match(/x-run-id:.{36},traceparent:[0-9a-f-]{55}\t/g) ?? []
    assert.ok(headers.length > 100, `${headers.length} records`)
    for (const header of headers) assert.ok(header.includes(traceparent), header)
  }
})

test('a Pokémon is one row with what a Pokédex page needs, and its sprite key names an object', async () => {
  const [row] = await sql(deployment, 'select * from pokepedia_pokemon where id = 1')
  const parsed = z
    .looseObject({
      name: z.string(),
      types: z.array(z.string()).min(1),
      stats: z.record(z.string(), z.number()),
      sprite_key: z.string(),
    })
    .parse(row)
  assert.ok((await objectOf(deployment, parsed.sprite_key)).length > 0)
})

test('the same again at once finds everything unchanged, rewrites no row and downloads no image', async () => {
  const versions = () => sql(deployment, 'select path, xmin::text as version from pokeapi_resources order by path')
  const assets = () =>
    sql(deployment, 'select source_url, xmin::text as version from pokepedia_assets order by source_url')
  const [rowsBefore, assetsBefore, before] = [await versions(), await assets(), await requests()]
  const run = await seedAndWait(deployment, {})
  assert.equal(run.state, 'completed')
  for (const queue of ['pokepedia.ingest', 'pokepedia.sprites'])
    assert.equal(run.counts[queue]?.['unchanged'], run.counts[queue]?.['requested'], queue)
  assert.deepEqual(await versions(), rowsBefore)
  assert.deepEqual(await assets(), assetsBefore)
  const since = await requests()
  assert.equal(since.media, before.media)
})

test('a changed document is stored anew, and only that one', async () => {
  await setFaults(deployment, [{ match: '/pokemon/3/$', kind: 'changed', revision: 2 }])
  const run = await seedAndWait(deployment, { types: ['pokemon'] })
  await setFaults(deployment, [])
  assert.equal(run.counts['pokepedia.ingest']?.['stored'], 1, JSON.stringify(run.counts))
})

const changeSchema = z.object({
  path: z.string(),
  oldHash: z.string().nullable(),
  newHash: z.string().nullable(),
  pointers: z.array(z.string()),
  gone: z.boolean(),
})

test('the change feed has each resource once as new, and once more what changed, with the place', async () => {
  const command = pokepedia('changes', '--json', '--directory', deployment.layout.directory)
  assert.equal(await command.exited, 0, command.stderr())
  const changes = command
    .stdout()
    .trim()
    .split('\n')
    .map((line) => changeSchema.parse(JSON.parse(line)))
  const rows = await sql(deployment, 'select path, content_hash from pokeapi_resources order by path')
  const added = changes.filter(({ oldHash }) => oldHash === null)
  assert.deepEqual(added.map(({ path }) => path).sort(), rows.map(({ path }) => path).sort())
  const again = changes.filter(({ oldHash }) => oldHash !== null)
  assert.deepEqual(
    again.map(({ path, gone }) => ({ path, gone })),
    [{ path: 'pokemon/3', gone: false }],
  )
  assert.ok((again[0]?.pointers.length ?? 0) > 0)
  assert.equal(again[0]?.oldHash, added.find(({ path }) => path === 'pokemon/3')?.newHash)
  assert.equal(again[0]?.newHash, rows.find(({ path }) => path === 'pokemon/3')?.['content_hash'])
  assert.deepEqual(await sql(deployment, 'select id from pokepedia_changes'), [])
})
