import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { migrate, openStore } from '../src/index.ts'
import { freshDatabase, log, resource, saveResource } from './support.ts'

/** As a queue in Postgres with a crawler beside it may have left it. */
const OLDER = `
  create table pokeapi_resources (
    resource_type text, resource_key text, name text, data jsonb, updated_at timestamptz default now(),
    primary key (resource_type, resource_key));
  insert into pokeapi_resources values ('pokemon', '25', 'pikachu', '{"id":25}');
  create function get_pokepedia_queue_stats() returns integer language sql as 'select 1';`

const databaseWith = async (statements: string): Promise<{ url: string; client: pg.Client }> => {
  const url = await freshDatabase()
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  await client.query(statements)
  return { url, client }
}

test('an older pokeapi_resources is refused with its name and what to do, and nothing is changed', async () => {
  const { url, client } = await databaseWith(OLDER)
  const refused = {
    code: 'pg_schema',
    message: /schema public has get_pokepedia_queue_stats\(\), pokeapi_resources of/,
  }
  await assert.rejects(migrate(url, log), refused)
  await assert.rejects(migrate(url, log), refused)
  const { rows } = await client.query('select name, data from pokeapi_resources')
  assert.deepEqual(rows, [{ name: 'pikachu', data: { id: 25 } }])
  assert.equal((await client.query("select to_regclass('pokepedia_runs') as t")).rows[0].t, null)
  await client.query('alter table pokeapi_resources rename to older; drop function get_pokepedia_queue_stats')
  await migrate(url, log)
  assert.equal((await client.query('select count(*)::int as n from older')).rows[0].n, 1)
  await client.end()
})

test('a role with a schema of its own runs beside it in the same database', async () => {
  const role = `beside_${process.pid}`
  const { url, client } = await databaseWith(`${OLDER} create role ${role} login password 'beside';
    create schema authorization ${role}`)
  const own = new URL(url)
  own.username = role
  own.password = 'beside'
  await migrate(own.href, log)
  await migrate(own.href, log)
  {
    await using store = openStore({ url: own.href, poolSize: 1 }, log)
    await saveResource(store, resource())
  }
  const { rows } = await client.query(
    `select o.name, n.name as ours from pokeapi_resources o
     join ${role}.pokeapi_resources n on n.resource_type = o.resource_type and n.resource_id::text = o.resource_key`,
  )
  assert.deepEqual(rows, [{ name: 'pikachu', ours: 'pikachu' }])
  assert.equal((await client.query("select to_regclass('public.pokepedia_runs') as t")).rows[0].t, null)
  await client.query(`drop owned by ${role}; drop role ${role}`)
  await client.end()
})
