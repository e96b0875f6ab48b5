import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors } from '@pokepedia/errors'
import { enterRequests } from '@pokepedia/storage'
import { bench, document, failureOf, newRun, runOf } from './support.ts'

const MEDIA = 'https://raw.githubusercontent.com/PokeAPI/sprites/master'
const pikachu = {
  id: 25,
  name: 'pikachu',
  sprites: {
    front_default: `${MEDIA}/25.png`,
    back_default: null,
    other: { home: { front_default: `${MEDIA}/25.png` } },
  },
  cries: { latest: `${MEDIA}/25.ogg` },
  forms: [{ icon: `${MEDIA}/icon.svg` }],
}

const references = (store: Awaited<ReturnType<typeof bench>>['store']): Promise<unknown[]> =>
  store.query('reading', 'select json_pointer, source_url, kind from pokepedia_asset_references order by json_pointer')

test('each URL is requested once, whatever number of places name it; references of both kinds are stored', async () => {
  const { store, stub, emitted, handle } = await bench()
  stub.answers.set('/pokemon/25/', document(pikachu))
  const runId = await newRun(store)
  await enterRequests(store, runId, 'pokepedia.ingest', [{ key: 'pokemon/25', resourceType: 'pokemon' }])

  assert.equal(await handle('pokemon/25', { runId }), 'stored')
  assert.deepEqual(
    emitted.map(({ requestedAt: _, ...event }) => event),
    [
      { runId, url: `${MEDIA}/25.png`, resourcePath: 'pokemon/25', jsonPointer: '/sprites/front_default' },
      { runId, url: `${MEDIA}/icon.svg`, resourcePath: 'pokemon/25', jsonPointer: '/forms/0/icon' },
    ],
  )
  assert.deepEqual(await references(store), [
    { json_pointer: '/cries/latest', source_url: `${MEDIA}/25.ogg`, kind: 'cry' },
    { json_pointer: '/forms/0/icon', source_url: `${MEDIA}/icon.svg`, kind: 'sprite' },
    { json_pointer: '/sprites/front_default', source_url: `${MEDIA}/25.png`, kind: 'sprite' },
    { json_pointer: '/sprites/other/home/front_default', source_url: `${MEDIA}/25.png`, kind: 'sprite' },
  ])
  const { counts } = await runOf(store, runId)
  assert.equal(counts['pokepedia.ingest']?.stored, 1)
  assert.equal(counts['pokepedia.sprites']?.in_flight, 2)
})

test('cries are requested when they are asked for', async () => {
  const { stub, emitted, handle } = await bench(['sprite', 'cry'])
  stub.answers.set('/pokemon/25/', document(pikachu))
  await handle('pokemon/25')
  assert.deepEqual(emitted.map(({ url }) => url).toSorted(), [
    `${MEDIA}/25.ogg`,
    `${MEDIA}/25.png`,
    `${MEDIA}/icon.svg`,
  ])
})

test('an image that two resources of a run share is requested once', async () => {
  const { store, stub, emitted, handle } = await bench()
  stub.answers.set('/type/1/', document({ name: 'normal', sprites: { a: `${MEDIA}/shared.png` } }))
  stub.answers.set('/type/2/', document({ name: 'fighting', sprites: { a: `${MEDIA}/shared.png` } }))
  const runId = await newRun(store)
  await handle('type/1', { runId })
  await handle('type/2', { runId })
  assert.deepEqual(
    emitted.map(({ url, resourcePath }) => [url, resourcePath]),
    [[`${MEDIA}/shared.png`, 'type/1']],
  )
})

test('when the events are not acknowledged the handler fails, and the next delivery sends them', async () => {
  const self = await bench()
  self.stub.answers.set('/pokemon/25/', document(pikachu, '"1"'))
  const runId = await newRun(self.store)
  self.emitFailure = errors('kafka_unavailable', 'no broker')
  assert.equal((await failureOf(self.handle('pokemon/25', { runId }))).code, 'kafka_unavailable')
  assert.deepEqual(self.emitted, [])
  self.emitFailure = undefined
  assert.equal(await self.handle('pokemon/25', { runId }), 'unchanged')
  assert.deepEqual(
    self.emitted.map(({ url }) => url),
    [`${MEDIA}/25.png`, `${MEDIA}/icon.svg`],
  )
  assert.equal((await runOf(self.store, runId)).counts['pokepedia.sprites']?.requested, 2)
})

test('an array of encounters is stored without a name', async () => {
  const { store, stub, emitted, handle } = await bench()
  stub.answers.set('/pokemon/25/encounters', document([{ location_area: { name: 'trophy-garden-area' } }]))
  assert.equal(await handle('pokemon/25/encounters'), 'stored')
  const rows = await store.query(
    'reading',
    'select path, resource_type, resource_id, name, data from pokeapi_resources',
  )
  assert.deepEqual(rows, [
    {
      path: 'pokemon/25/encounters',
      resource_type: 'pokemon',
      resource_id: 25,
      name: null,
      data: [{ location_area: { name: 'trophy-garden-area' } }],
    },
  ])
  assert.deepEqual(emitted, [])
})
