import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { z } from 'zod'
import { listRuns, openStore } from '../src/index.ts'
import { openObjectStore } from '../src/object-store.ts'
import { freshStoreUrl, log, newRun, path, prefix, resource, s3, saveResource } from './support.ts'

const names = z.array(z.object({ name: z.string() }))

/** The values of a label, of the series of a metric that count something. */
const valuesOf = async (registry: Registry, metric: string, label: string): Promise<Map<unknown, number>> => {
  const found = await registry.getSingleMetric(metric)?.get()
  const counts = (found?.values ?? []).filter((one) => 'metricName' in one && one.metricName === `${metric}_count`)
  return new Map(
    counts.map(({ labels, value }) => [Object.entries(labels).find(([name]) => name === label)?.[1], value]),
  )
}

test('whatever is stored, its statement has the name of a function or table, never a path', async () => {
  const { store: plain, url } = await freshStoreUrl()
  const registry = new Registry()
  await using store = openStore({ url, poolSize: 3, registry }, log)
  const runId = await newRun(store)
  for (const one of ['pokemon/25', 'pokepedia_hostile/1', 'x pokeapi_other y'])
    await saveResource(store, resource({ runId, path: path(one) }))
  await listRuns(store, 1)

  const schema = await plain.query(
    'reading names',
    `select regexp_replace(name, '^(pokepedia|pokeapi)_', '') as name from (
       select proname::text as name from pg_proc union select relname::text from pg_class) as of_all`,
  )
  const known = new Set(names.parse(schema).map(({ name }) => name))
  const seen = await valuesOf(registry, 'pokepedia_db_query_duration_seconds', 'operation')
  assert.equal(seen.get('save_resources'), 3)
  for (const operation of seen.keys()) assert.ok(known.has(String(operation)), String(operation))
  const pool = await registry.metrics()
  assert.match(pool, /pokepedia_db_pool_connections\{state="active"\} 0/)
  assert.match(pool, /pokepedia_db_pool_connections\{state="idle"\} [1-3]/)
})

test('requests to the object store are counted by what they ask, and so are the bytes written', async () => {
  const registry = new Registry()
  await using counted = openObjectStore({ ...s3, registry })
  const { bucket } = counted
  const bytes = async (): Promise<number | undefined> =>
    (await registry.getSingleMetric('pokepedia_object_store_written_bytes_total')?.get())?.values[0]?.value
  assert.equal(await bytes(), 0)
  await counted.put(`${prefix}/counted`, Buffer.from('12345'), 'text/plain')
  await counted.get(`${prefix}/counted`)
  assert.equal(await bytes(), 5)
  const seen = await valuesOf(registry, 'pokepedia_object_store_duration_seconds', 'operation')
  assert.deepEqual(Object.fromEntries(seen), { put: 1, get: 1, stat: 0, list: 0, remove: 0, make_bucket: 0, ping: 0 })
  assert.match(await registry.metrics(), new RegExp(`written_bytes_total\\{bucket="${bucket}"\\} 5`))
})
