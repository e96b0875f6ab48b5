import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migrate, openStore } from '../src/index.ts'
import { freshDatabase, log } from './support.ts'

test('a document is compressed with lz4 by a server that has it, and by pglz on any other', async (t) => {
  const url = await freshDatabase()
  await migrate(url, log)
  await using store = openStore({ url, poolSize: 1 }, log)
  const [server] = await store.query(
    'test',
    `select 'lz4' = any (enumvals) as lz4 from pg_settings where name = 'default_toast_compression'`,
  )
  const has = Object(server).lz4 === true
  t.diagnostic(`this server was built ${has ? 'with' : 'without'} lz4`)
  await store.query(
    'test',
    `insert into pokeapi_resources (path, resource_type, name, url, data, content_hash, fetched_at, changed_at)
     select 'berry/1', 'berry', 'x', 'http://h/', jsonb_build_object('text', repeat('as it was ', 1000)), 'x', now(), now()`,
  )
  assert.deepEqual(
    await store.query(
      'test',
      'select pg_column_compression(data) as method, length(data::text) as n from pokeapi_resources',
    ),
    [{ method: has ? 'lz4' : 'pglz', n: 10_012 }],
  )
})
