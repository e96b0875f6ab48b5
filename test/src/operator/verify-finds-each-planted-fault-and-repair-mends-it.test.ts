import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'minio'
import pg from 'pg'
import { z } from 'zod'
import { pokepedia } from '../e2e/command.ts'
import { deploy, objectOf, seedAndWait, sql } from '../e2e/support.ts'

const deployment = await deploy({ upstream: { kind: 'sample', pokemon: 12 } })
const { stack, layout } = deployment
await seedAndWait(deployment, {})

const faultSchema = z.object({ kind: z.string(), key: z.string(), detail: z.string() })
const answerSchema = z.looseObject({
  ok: z.boolean(),
  types: z.array(z.looseObject({ type: z.string(), listed: z.number(), stored: z.number() })),
  read: z.looseObject({ documents: z.number(), objects: z.number() }),
  faults: z.array(faultSchema),
  repair: z.looseObject({ seeded: z.number(), runs: z.array(z.looseObject({ state: z.string() })) }).optional(),
  afterRepair: z.looseObject({ faults: z.array(faultSchema) }).optional(),
})

const run = async (...args: string[]) => {
  await using command = pokepedia('verify', ...args, '--directory', layout.directory)
  const status = await command.exited
  return { status, stdout: command.stdout(), stderr: command.stderr() }
}
const verify = async (...args: string[]) => {
  const { status, stdout, stderr } = await run('--json', ...args)
  assert.notEqual(stdout, '', stderr)
  return { status, ...answerSchema.parse(JSON.parse(stdout)) }
}
const told = (faults: readonly z.infer<typeof faultSchema>[]): string[] =>
  faults.map(({ kind, key }) => `${kind} ${key}`).sort()

const { hostname, port } = new URL(stack.s3.endpoint)
const client = new Client({
  ...{ endPoint: hostname, port: Number(port), useSSL: false, region: 'us-east-1' },
  ...{ accessKey: stack.s3.accessKey, secretKey: stack.s3.secretKey },
})

/** The text of the only value of the only row. */
const one = async (text: string, values: unknown[] = []): Promise<string> =>
  String(Object.values((await sql(deployment, text, values))[0] ?? {})[0])

const rowsBefore = await one('select count(*) from pokeapi_resources')

test('a whole copy has no fault, and verifying changes nothing', async () => {
  const snapshot = () => one(`select md5(string_agg(xmin::text, ' ' order by path)) from pokeapi_resources`)
  const before = await snapshot()
  const { status, ok, faults, read, types } = await verify()
  assert.deepEqual(faults, [])
  assert.deepEqual([status, ok], [0, true])
  assert.equal(String(read.documents), rowsBefore)
  assert.equal(String(read.objects), await one(`select count(*) from pokepedia_assets where status = 'stored'`))
  for (const { type, listed, stored } of types) assert.equal(stored, listed, type)
  assert.equal(await snapshot(), before)
})

const asset = (offset: number) =>
  one(`select source_url from pokepedia_assets order by source_url offset ${offset} limit 1`)
const keyOf = (url: string) => one('select object_key from pokepedia_assets where source_url = $1', [url])
const [changed, cut, lost] = [await asset(3), await asset(5), await asset(8)]
const bytesBefore = await objectOf(deployment, await keyOf(changed))

const plant = async (): Promise<string[]> => {
  await sql(deployment, `delete from pokeapi_resources where path = 'berry/1'`)
  const hide = `insert into pokeapi_resources
      (path, resource_type, resource_id, name, url, data, content_hash, fetched_at, changed_at)
    values ('berry/99001', 'berry', 99001, 'cheri', $1, '{"id": 99001}', 'x', now(), now())`
  await sql(deployment, hide, [`${stack.upstream}berry/99001/`])
  await sql(
    deployment,
    `update pokepedia_resource_checks set checked_at = now() - interval '40 days' where path = 'type/1'`,
  )
  const link = JSON.stringify(`${stack.upstream}move/99002/`)
  await sql(
    deployment,
    `update pokeapi_resources set data = jsonb_set(data, '{species,url}', $1::jsonb) where path = 'pokemon/3'`,
    [link],
  )
  await sql(deployment, 'delete from pokepedia_pokemon where id = 2')
  const bytes = Buffer.from(bytesBefore)
  bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1)
  await client.putObject(stack.s3.bucket, await keyOf(changed), bytes)
  await client.putObject(stack.s3.bucket, await keyOf(cut), bytesBefore.subarray(0, 7))
  await client.removeObject(stack.s3.bucket, await keyOf(lost))
  const unstored = await asset(11)
  await sql(deployment, 'delete from pokepedia_assets where source_url = $1', [unstored])
  return [
    'missing berry/1',
    'extra berry/99001',
    'stale type/1',
    'link pokemon/3',
    'projection pokemon/2',
    ...[changed, cut, lost].map((url) => `object ${url}`),
    `image ${unstored}`,
  ].sort()
}

test('each planted fault is found, and nothing else', async () => {
  const planted = await plant()
  const { status, ok, faults } = await verify()
  assert.deepEqual(told(faults), planted)
  assert.deepEqual([status, ok], [1, false])
  const detailOf = (key: string): string => faults.find((fault) => fault.key === key)?.detail ?? ''
  assert.match(detailOf('pokemon/3'), /^\/species\/url leads to .*move\/99002\//)
  assert.match(detailOf(changed), /bytes .* are not those that were stored/)
  assert.match(detailOf(cut), /has 7 bytes/)
  assert.match(detailOf(lost), /no object/)

  const text = await run()
  assert.equal(text.status, 1)
  assert.match(text.stdout, /^berry +\d+ +\d+ +1 +1 +0 +0$/m)
  assert.match(text.stdout, /wrong: 1 missing, 1 extra, 1 stale, 1 link, 1 projection, 1 image, 3 object/)
})

test('what is asked for is verified, and no more', async () => {
  assert.deepEqual(told((await verify('--types', 'berry', '--no-objects')).faults), [
    'extra berry/99001',
    'missing berry/1',
  ])
  assert.deepEqual((await verify('--types', 'type', '--older-than', '60d', '--no-objects')).faults, [])
  const { read } = await verify('--sample', '5', '--types', 'pokemon')
  assert.equal(read.objects, 5)
})

test('a repair mends each of them: fetched anew, or marked gone where the upstream says 404', async () => {
  const { status, faults, repair, afterRepair } = await verify('--repair')
  assert.equal(faults.length, 9)
  assert.deepEqual(
    repair?.runs.map(({ state }) => state),
    ['completed'],
  )
  assert.deepEqual(afterRepair?.faults, [])
  assert.equal(status, 0)
  assert.ok(bytesBefore.equals(await objectOf(deployment, await keyOf(changed))))
  const rows = await sql(
    deployment,
    `select status from pokeapi_resources where path in ('berry/1', 'berry/99001') order by path`,
  )
  assert.deepEqual(rows, [{ status: 'present' }, { status: 'gone' }])
  const document = await (await fetch(new URL('pokemon/3/', stack.upstream))).json()
  assert.deepEqual(
    (await sql(deployment, `select data from pokeapi_resources where path = 'pokemon/3'`))[0]?.['data'],
    document,
  )
  assert.equal(await one('select count(*) from pokepedia_pokemon'), '12')
  assert.equal((await verify()).status, 0)
})

test('another copy is compared row by row, one of an older layout by its documents', async () => {
  const url = new URL(stack.postgres)
  url.pathname = '/older'
  await sql(deployment, 'create database older')
  const older = new pg.Client({ connectionString: url.href })
  await older.connect()
  try {
    await older.query('create table pokeapi_resources (path text, name text, data json)')
    for (const row of await sql(deployment, 'select path, name, data from pokeapi_resources'))
      await older.query('insert into pokeapi_resources values ($1, $2, $3)', [
        `/api/v2/${row['path']}/`,
        row['name'],
        JSON.stringify(row['data']),
      ])
    await older.query(`delete from pokeapi_resources where path = '/api/v2/berry/99001/'`)
    const same = await verify('--no-objects', '--against', url.href)
    assert.deepEqual([same.status, same.faults], [0, []])

    await older.query(`delete from pokeapi_resources where path = '/api/v2/type/2/'`)
    await older.query(`insert into pokeapi_resources values ('/api/v2/type/99/', 'x', '{}')`)
    await older.query(`update pokeapi_resources set data = '{"id": 3}' where path = '/api/v2/type/3/'`)
    const other = await verify('--no-objects', '--against', url.href)
    assert.deepEqual(told(other.faults), ['differs type/2', 'differs type/3', 'differs type/99'])
    assert.equal(other.status, 1)
    assert.ok(!JSON.stringify(other).includes(url.password), 'the password is told')
  } finally {
    await older.end()
  }
})

test('bad input and an upstream that is away are told in a line, and change nothing', async () => {
  const unknown = await run('--types', 'digimon')
  assert.equal(unknown.status, 2)
  assert.match(unknown.stderr, /no type "digimon"/)
  const empty = new URL(stack.postgres)
  empty.pathname = '/template1'
  const table = await run('--no-objects', '--against', empty.href)
  assert.equal(table.status, 1)
  assert.match(table.stderr, /template1 has no table pokeapi_resources/)
})
