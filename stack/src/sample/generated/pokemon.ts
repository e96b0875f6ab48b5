import { between, type Random } from '../random.ts'
import type { World } from './catalog.ts'
import { anyOf, groupOf, nameOf, ref, someOf } from './refs.ts'
import { criesOf, formSprites, pokemonSprites } from './sprites.ts'
import { namesOf } from './texts.ts'

const STATS = 6

const typesOf = (world: World, id: number) => {
  const first = { slot: 1, type: groupOf(world, 'pokemon', id, 'type') }
  const second = groupOf(world, 'pokemon', id + 7, 'type')
  return id % 2 === 0 ? [first] : [first, { slot: 2, type: second }]
}

const learnedMoves = (world: World, random: Random) =>
  someOf(world, 'move', random, 24).map((move) => ({
    move,
    version_group_details: someOf(world, 'version-group', random, 3).map((versionGroup) => ({
      level_learned_at: between(random, 0, 60),
      move_learn_method: anyOf(world, 'move-learn-method', random),
      order: null,
      version_group: versionGroup,
    })),
  }))

export const pokemon = (world: World, id: number, random: Random) => ({
  abilities: [
    { ability: groupOf(world, 'pokemon', id, 'ability'), is_hidden: false, slot: 1 },
    { ability: anyOf(world, 'ability', random), is_hidden: true, slot: 3 },
  ],
  base_experience: between(random, 36, 340),
  cries: criesOf(id),
  forms: [ref(world, 'pokemon-form', id)],
  game_indices: someOf(world, 'version', random, 6).map((version) => ({ game_index: id, version })),
  height: between(random, 1, 60),
  held_items: someOf(world, 'item', random, 2).map((item) => ({
    item,
    version_details: [{ rarity: between(random, 1, 50), version: anyOf(world, 'version', random) }],
  })),
  id,
  is_default: true,
  location_area_encounters: `/api/v2/pokemon/${id}/encounters`,
  moves: learnedMoves(world, random),
  name: nameOf(world, 'pokemon', id),
  order: id,
  past_abilities: [],
  past_stats: [],
  past_types: [],
  species: ref(world, 'pokemon-species', id),
  sprites: pokemonSprites(id),
  stats: Array.from({ length: STATS }, (_, index) => ({
    base_stat: between(random, 20, 140),
    effort: index === id % STATS ? 1 : 0,
    stat: ref(world, 'stat', index + 1),
  })),
  types: typesOf(world, id),
  weight: between(random, 1, 4000),
})

/** `pokemon/{id}/encounters`: an array, empty for every fourth. */
export const encounters = (world: World, id: number, random: Random) =>
  id % 4 === 0
    ? []
    : someOf(world, 'location-area', random, 3).map((locationArea) => ({
        location_area: locationArea,
        version_details: someOf(world, 'version', random, 2).map((version) => ({
          encounter_details: [encounterDetail(world, random)],
          max_chance: between(random, 1, 100),
          version,
        })),
      }))

export const encounterDetail = (world: World, random: Random) => ({
  chance: between(random, 1, 60),
  condition_values: random() < 0.3 ? [anyOf(world, 'encounter-condition-value', random)] : [],
  max_level: between(random, 10, 50),
  method: anyOf(world, 'encounter-method', random),
  min_level: between(random, 2, 10),
  pokemon_details: null,
})

export const pokemonForm = (world: World, id: number, random: Random) => ({
  form_name: '',
  form_names: [],
  form_order: 1,
  id,
  is_battle_only: false,
  is_default: true,
  is_mega: false,
  name: nameOf(world, 'pokemon-form', id),
  names: namesOf(world, 'pokemon-form', id, random).slice(0, 2),
  order: id,
  pokemon: ref(world, 'pokemon', id),
  sprites: formSprites(id),
  types: typesOf(world, id),
  version_group: groupOf(world, 'pokemon-form', id, 'version-group'),
})
