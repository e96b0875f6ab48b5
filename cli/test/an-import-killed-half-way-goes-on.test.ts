import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { apiData, contentsOf, freshDatabase, importInto, start, UPSTREAM } from './import-support.ts'

const counts = z.tuple([z.object({ resources: z.number(), torn: z.number() })])

test('killed with -9, it leaves whole resources alone; the next import adds the rest', async () => {
  const { folder, resources } = await apiData(160)
  const { url, store } = await freshDatabase()
  const look = async () => {
    // The torn: without a check, a Pokémon without its projection, a document with images without a reference.
    const rows = await store.query(
      'counting',
      `select count(*)::int as resources, count(*) filter (where
         not exists (select from pokepedia_resource_checks c where c.path = r.path)
         or path ~ '^pokemon/[0-9]+$' and not exists (select from pokepedia_pokemon p where p.resource_path = r.path)
         or data::text like '%.png"%' and not exists (
           select from pokepedia_asset_references a where a.resource_path = r.path))::int as torn
       from pokeapi_resources r`,
    )
    return counts.parse(rows)[0]
  }
  // Someone asks for a resource of the second batch meanwhile, for which the import has to wait.
  await store.withConnection('holding up the import', async (query) => {
    await query('begin')
    await query("insert into pokepedia_resource_checks (path, checked_at) values ('version/1', now())")
    const { child, ended } = start(['import', folder, '--database', url, '--upstream', UPSTREAM])
    const deadline = Date.now() + 60_000
    while ((await look()).resources === 0 && Date.now() < deadline) await delay(20)
    child.kill('SIGKILL')
    await ended
    await query('rollback')
  })
  const half = await look()
  assert.ok(half.resources > 0 && half.resources < resources, `${half.resources} of ${resources} were there`)
  assert.equal(half.torn, 0)

  const again = await importInto(url, folder)
  assert.equal(again.code, 0)
  assert.deepEqual(again.counts, { stored: resources - half.resources, unchanged: half.resources, superseded: 0 })
  assert.deepEqual(await look(), { resources, torn: 0 })

  const whole = await freshDatabase()
  await importInto(whole.url, folder)
  assert.deepEqual(await contentsOf(store), await contentsOf(whole.store))
})
