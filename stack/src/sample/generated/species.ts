import { between, type Random } from '../random.ts'
import { countOf, type TypeName, type World } from './catalog.ts'
import { anyOf, groupOf, link, memberIdsOf, membersOf, nameOf, ref } from './refs.ts'
import { inEnglish, inLanguages, namesOf, text } from './texts.ts'

const CHAIN_LENGTH = 3
const NATIONAL = 1

/** Species 1, 2, 3 make the first chain, 4, 5, 6 the second, … */
const chainIdOf = (speciesId: number): number => Math.ceil(speciesId / CHAIN_LENGTH)
const isFirstOfChain = (speciesId: number): boolean => speciesId % CHAIN_LENGTH === 1

export const species = (world: World, id: number, random: Random) => ({
  base_happiness: 70,
  capture_rate: between(random, 3, 255),
  color: groupOf(world, 'pokemon-species', id, 'pokemon-color'),
  egg_groups: [groupOf(world, 'pokemon-species', id, 'egg-group')],
  evolution_chain: link('evolution-chain', chainIdOf(id)),
  evolves_from_species: isFirstOfChain(id) ? null : ref(world, 'pokemon-species', id - 1),
  flavor_text_entries: inLanguages(world, 'flavor_text', () => text(random, 16)).map((entry) => ({
    ...entry,
    version: anyOf(world, 'version', random),
  })),
  form_descriptions: [],
  forms_switchable: false,
  gender_rate: between(random, -1, 8),
  genera: inLanguages(world, 'genus', () => text(random, 2)),
  generation: groupOf(world, 'pokemon-species', id, 'generation'),
  growth_rate: groupOf(world, 'pokemon-species', id, 'growth-rate'),
  habitat: id % 5 === 0 ? null : groupOf(world, 'pokemon-species', id, 'pokemon-habitat'),
  has_gender_differences: id % 8 === 0,
  hatch_counter: between(random, 5, 120),
  id,
  is_baby: false,
  is_legendary: id % 40 === 0,
  is_mythical: id % 70 === 0,
  name: nameOf(world, 'pokemon-species', id),
  names: namesOf(world, 'pokemon-species', id, random),
  order: id,
  pal_park_encounters: [
    { area: groupOf(world, 'pokemon-species', id, 'pal-park-area'), base_score: 50, rate: between(random, 3, 50) },
  ],
  pokedex_numbers: [{ entry_number: id, pokedex: ref(world, 'pokedex', NATIONAL) }],
  shape: groupOf(world, 'pokemon-species', id, 'pokemon-shape'),
  varieties: [{ is_default: true, pokemon: ref(world, 'pokemon', id) }],
})

const chainLink = (world: World, speciesId: number, random: Random): object => {
  const isLast = speciesId % CHAIN_LENGTH === 0 || speciesId === countOf(world, 'pokemon-species')
  return {
    evolution_details: isFirstOfChain(speciesId)
      ? []
      : [{ item: null, min_level: between(random, 10, 50), trigger: ref(world, 'evolution-trigger', 1) }],
    evolves_to: isLast ? [] : [chainLink(world, speciesId + 1, random)],
    is_baby: false,
    species: ref(world, 'pokemon-species', speciesId),
  }
}

export const evolutionChain = (world: World, id: number, random: Random) => ({
  baby_trigger_item: null,
  chain: chainLink(world, (id - 1) * CHAIN_LENGTH + 1, random),
  id,
})

/** Colors, habitats, shapes, egg groups, evolution triggers: a name and the species that have it. */
export const groupOfSpecies =
  (type: TypeName) =>
  (world: World, id: number, random: Random): object => ({
    id,
    name: nameOf(world, type, id),
    names: namesOf(world, type, id, random),
    pokemon_species: membersOf(world, type, id, 'pokemon-species'),
  })

export const growthRate = (world: World, id: number, random: Random) => ({
  descriptions: inEnglish(world, 'description', text(random, 3)),
  formula: `\\frac{${id}x^3}{5}`,
  id,
  levels: Array.from({ length: 100 }, (_, index) => ({ experience: id * index ** 3, level: index + 1 })),
  name: nameOf(world, 'growth-rate', id),
  pokemon_species: membersOf(world, 'growth-rate', id, 'pokemon-species'),
})

export const gender = (world: World, id: number, random: Random) => ({
  id,
  name: nameOf(world, 'gender', id),
  pokemon_species_details: membersOf(world, 'gender', id, 'pokemon-species').map((member) => ({
    pokemon_species: member,
    rate: between(random, -1, 8),
  })),
  required_for_evolution: [],
})

export const pokedex = (world: World, id: number, random: Random) => ({
  descriptions: inEnglish(world, 'description', text(random, 8)),
  id,
  is_main_series: true,
  name: nameOf(world, 'pokedex', id),
  names: namesOf(world, 'pokedex', id, random),
  pokemon_entries: memberIdsOf(world, 'pokedex', id, 'pokemon-species').map((speciesId, index) => ({
    entry_number: index + 1,
    pokemon_species: ref(world, 'pokemon-species', speciesId),
  })),
  region: groupOf(world, 'pokedex', id, 'region'),
  version_groups: membersOf(world, 'pokedex', id, 'version-group'),
})

export const palParkArea = (world: World, id: number, random: Random) => ({
  id,
  name: nameOf(world, 'pal-park-area', id),
  names: namesOf(world, 'pal-park-area', id, random),
  pokemon_encounters: membersOf(world, 'pal-park-area', id, 'pokemon-species').map((member) => ({
    base_score: 50,
    pokemon_species: member,
    rate: between(random, 3, 50),
  })),
})
