import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migrate, openStore } from '../src/index.ts'
import { freshDatabase, log } from './support.ts'

test('four instances that start at once all find the schema', async () => {
  const url = await freshDatabase()
  await Promise.all(Array.from({ length: 4 }, () => migrate(url, log)))
  await using store = openStore({ url, poolSize: 2 }, log)
  assert.deepEqual(await store.query('test', 'select count(*)::int as n from pokepedia_runs'), [{ n: 0 }])
})

test('a database that is not there is pg_auth, a server that is not there pg_unavailable', async () => {
  const url = new URL(await freshDatabase())
  await assert.rejects(migrate(new URL('/no_such_database', url).href, log), { code: 'pg_auth' })
  url.port = '1'
  await assert.rejects(migrate(url.href, log), { code: 'pg_unavailable' })
  await using store = openStore({ url: url.href, poolSize: 1 }, log)
  await assert.rejects(store.ping(), { code: 'pg_unavailable' })
})

test('beside a later version this one runs on; what its migration breaks is refused, with its name', async () => {
  const url = await freshDatabase()
  await migrate(url, log)
  await using store = openStore({ url, poolSize: 1 }, log)
  await store.query('test', "insert into pokepedia_migrations (name, run_on) values ('9900000000000_later', now())")
  await migrate(url, log)
  await store.query(
    'test',
    "insert into pokepedia_migrations (name, run_on) values ('9900000000001_breaks-paths', now())",
  )
  await assert.rejects(migrate(url, log), { code: 'pg_schema', message: /9900000000001_breaks-paths/ })
})

test('a database without our tables is pg_schema', async () => {
  await using store = openStore({ url: await freshDatabase(), poolSize: 1 }, log)
  await assert.rejects(store.query('test', 'select from pokepedia_runs'), { code: 'pg_schema' })
})
