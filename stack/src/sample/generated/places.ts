import { between, type Random } from '../random.ts'
import type { TypeName, World } from './catalog.ts'
import { encounterDetail } from './pokemon.ts'
import { anyOf, groupOf, membersOf, nameOf, ref, someOf } from './refs.ts'
import { namesOf } from './texts.ts'

/** Currencies, battle styles and their like: a name in several languages. */
export const justNamed =
  (type: TypeName) =>
  (world: World, id: number, random: Random): object => ({
    id,
    name: nameOf(world, type, id),
    names: namesOf(world, type, id, random),
  })

export const generation = (world: World, id: number, random: Random) => ({
  abilities: membersOf(world, 'generation', id, 'ability'),
  id,
  main_region: groupOf(world, 'generation', id, 'region'),
  moves: membersOf(world, 'generation', id, 'move'),
  name: nameOf(world, 'generation', id),
  names: namesOf(world, 'generation', id, random),
  pokemon_species: membersOf(world, 'generation', id, 'pokemon-species'),
  types: membersOf(world, 'generation', id, 'type'),
  version_groups: membersOf(world, 'generation', id, 'version-group'),
})

export const region = (world: World, id: number, random: Random) => ({
  id,
  locations: membersOf(world, 'region', id, 'location'),
  main_generation: groupOf(world, 'region', id, 'generation'),
  name: nameOf(world, 'region', id),
  names: namesOf(world, 'region', id, random),
  pokedexes: membersOf(world, 'region', id, 'pokedex'),
  version_groups: membersOf(world, 'region', id, 'version-group'),
})

export const location = (world: World, id: number, random: Random) => ({
  areas: membersOf(world, 'location', id, 'location-area'),
  game_indices: [{ game_index: id, generation: groupOf(world, 'location', id, 'generation') }],
  id,
  name: nameOf(world, 'location', id),
  names: namesOf(world, 'location', id, random),
  region: id % 20 === 0 ? null : groupOf(world, 'location', id, 'region'),
})

export const locationArea = (world: World, id: number, random: Random) => ({
  encounter_method_rates: someOf(world, 'encounter-method', random, 3).map((method) => ({
    encounter_method: method,
    version_details: [{ rate: between(random, 5, 50), version: anyOf(world, 'version', random) }],
  })),
  game_index: id,
  id,
  location: groupOf(world, 'location-area', id, 'location'),
  name: nameOf(world, 'location-area', id),
  names: namesOf(world, 'location-area', id, random),
  pokemon_encounters: someOf(world, 'pokemon', random, 12).map((pokemon) => ({
    pokemon,
    version_details: someOf(world, 'version', random, 3).map((version) => ({
      encounter_details: [encounterDetail(world, random)],
      max_chance: between(random, 1, 100),
      version,
    })),
  })),
})

export const encounterMethod = (world: World, id: number, random: Random) => ({
  ...justNamed('encounter-method')(world, id, random),
  order: id,
})

export const encounterCondition = (world: World, id: number, random: Random) => ({
  ...justNamed('encounter-condition')(world, id, random),
  values: membersOf(world, 'encounter-condition', id, 'encounter-condition-value'),
})

export const encounterConditionValue = (world: World, id: number, random: Random) => ({
  condition: groupOf(world, 'encounter-condition-value', id, 'encounter-condition'),
  ...justNamed('encounter-condition-value')(world, id, random),
})

export const version = (world: World, id: number, random: Random) => ({
  ...justNamed('version')(world, id, random),
  version_group: groupOf(world, 'version', id, 'version-group'),
})

export const versionGroup = (world: World, id: number) => ({
  generation: groupOf(world, 'version-group', id, 'generation'),
  id,
  move_learn_methods: [1, 2, 3, 4].map((method) => ref(world, 'move-learn-method', method)),
  name: nameOf(world, 'version-group', id),
  order: id,
  pokedexes: [groupOf(world, 'version-group', id, 'pokedex')],
  regions: [groupOf(world, 'version-group', id, 'region')],
  versions: membersOf(world, 'version-group', id, 'version'),
})

export const language = (world: World, id: number, random: Random) => ({
  id,
  iso3166: nameOf(world, 'language', id).slice(0, 2),
  iso639: nameOf(world, 'language', id).slice(0, 2),
  name: nameOf(world, 'language', id),
  names: namesOf(world, 'language', id, random),
  official: true,
})
