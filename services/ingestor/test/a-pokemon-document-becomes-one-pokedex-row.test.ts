import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pokemonOf } from '@pokepedia/documents'
import fc from 'fast-check'
import { bench, document } from './support.ts'

const MEDIA = 'https://raw.githubusercontent.com/PokeAPI/sprites/master'
const KEY = 'raw.githubusercontent.com/PokeAPI/sprites/master'

const pikachu = {
  id: 25,
  name: 'pikachu',
  species: { name: 'pikachu', url: '/api/v2/pokemon-species/25/' },
  height: 4,
  weight: 60,
  base_experience: 112,
  order: 35,
  is_default: true,
  types: [
    { slot: 2, type: { name: 'steel' } },
    { slot: 1, type: { name: 'electric' } },
  ],
  abilities: [{ slot: 3, is_hidden: true, ability: { name: 'lightning-rod' } }],
  stats: [{ base_stat: 35, effort: 0, stat: { name: 'hp' } }],
  sprites: {
    front_default: `${MEDIA}/25.png`,
    front_shiny: null,
    other: { 'official-artwork': { front_default: `${MEDIA}/art/25.png` }, showdown: { front_default: null } },
    versions: { 'generation-v': { 'black-white': { animated: { front_default: `${MEDIA}/25.gif` } } } },
  },
  cries: { latest: `${MEDIA}/25.ogg` },
}

test('the row has what a Pokédex page needs', async () => {
  const { store, stub, handle } = await bench()
  stub.answers.set('/pokemon/25/', document(pikachu))
  await handle('pokemon/25')
  const rows = await store.query('reading', "select to_jsonb(p) - 'updated_at' as row from pokepedia_pokemon p")
  assert.deepEqual(rows, [
    {
      row: {
        id: 25,
        resource_path: 'pokemon/25',
        name: 'pikachu',
        species: 'pikachu',
        height: 4,
        weight: 60,
        base_experience: 112,
        sort_order: 35,
        is_default: true,
        types: ['electric', 'steel'],
        abilities: [{ name: 'lightning-rod', is_hidden: true, slot: 3 }],
        stats: { hp: 35 },
        sprite_key: `${KEY}/25.png`,
        shiny_sprite_key: null,
        artwork_key: `${KEY}/art/25.png`,
        animated_key: `${KEY}/25.gif`,
        cry_key: `${KEY}/25.ogg`,
      },
    },
  ])
})

test('odd fields are left out and the row is still made, under the id of its path', async () => {
  const { store, stub, handle } = await bench()
  const odd = {
    id: '1',
    name: 'odd',
    height: 1e12,
    types: [null, 3, { slot: 1, type: { name: 'a' } }],
    sprites: [],
    stats: 7,
  }
  stub.answers.set('/pokemon/7/', document({ ...odd, cries: { latest: 'data:audio/ogg,' } }))
  assert.equal(await handle('pokemon/7'), 'stored')
  const rows = await store.query('reading', 'select id, name, height, types, stats, cry_key from pokepedia_pokemon')
  assert.deepEqual(rows, [{ id: 7, name: 'odd', height: null, types: ['a'], stats: {}, cry_key: null }])
})

test('a document without a name is stored without a row of its own', async () => {
  const { store, stub, handle } = await bench()
  stub.answers.set('/pokemon/7/', document({ id: 7 }))
  assert.equal(await handle('pokemon/7'), 'stored')
  assert.deepEqual(await store.query('reading', 'select id from pokepedia_pokemon'), [])
})

test('no value in any field makes the projection fail', () => {
  const fields = Object.keys(pikachu).filter((key) => key !== 'name')
  fc.assert(
    fc.property(fc.constantFrom(...fields), fc.anything(), (field, value) => {
      assert.equal(pokemonOf({ ...pikachu, [field]: value }, 25)?.name, 'pikachu')
    }),
    { numRuns: 1_000 },
  )
})
