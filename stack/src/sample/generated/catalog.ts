/** How big the generated world is and which one it is; every document is a pure function of it. */
export interface World {
  readonly seed: number
  /** 1 to 1,000,000. */
  readonly pokemon: number
}

interface TypeFacts {
  readonly count: (pokemon: number) => number
  /** Names that everybody knows; the others are made of syllables. */
  readonly names?: readonly string[]
  /** `false`: the lists give only URLs, as PokeAPI's do for this type. */
  readonly named: boolean
  /** PokeAPI starts some types at 0 or -1. */
  readonly firstId: number
}

const few = (count: number): TypeFacts => ({ count: () => count, named: true, firstId: 1 })
const known = (...names: string[]): TypeFacts => ({ ...few(names.length), names })
const onePer = (pokemonEach: number): TypeFacts => ({
  count: (pokemon) => Math.ceil(pokemon / pokemonEach),
  named: true,
  firstId: 1,
})
const unnamed = (facts: TypeFacts): TypeFacts => ({ ...facts, named: false })

/** The 49 types of PokeAPI's index that have a list, in its order. */
export const CATALOG = {
  ability: onePer(5),
  berry: few(16),
  'berry-firmness': known('very-soft', 'soft', 'hard', 'very-hard', 'super-hard'),
  'berry-flavor': known('spicy', 'dry', 'sweet', 'bitter', 'sour'),
  characteristic: unnamed(few(12)),
  'contest-effect': unnamed(few(6)),
  'contest-type': known('cool', 'beauty', 'cute', 'smart', 'tough'),
  currency: few(3),
  'egg-group': few(15),
  'encounter-condition': few(4),
  'encounter-condition-value': few(10),
  'encounter-method': known('walk', 'old-rod', 'good-rod', 'super-rod', 'surf'),
  'evolution-chain': unnamed(onePer(3)),
  'evolution-trigger': known('level-up', 'trade', 'use-item'),
  gender: known('female', 'male', 'genderless'),
  generation: known(...['i', 'ii', 'iii', 'iv', 'v', 'vi', 'vii', 'viii', 'ix'].map((roman) => `generation-${roman}`)),
  'growth-rate': known('slow', 'medium', 'fast', 'medium-slow', 'slow-then-very-fast', 'fast-then-very-slow'),
  item: onePer(2.5),
  'item-attribute': few(8),
  'item-category': few(12),
  'item-fling-effect': few(5),
  'item-pocket': few(8),
  language: known('ja-hrkt', 'ko', 'fr', 'de', 'es', 'en', 'ja'),
  location: onePer(8),
  'location-area': onePer(6),
  machine: unnamed(onePer(6)),
  move: onePer(3),
  'move-ailment': { ...few(8), firstId: -1 },
  'move-battle-style': known('attack', 'defense', 'support'),
  'move-category': { ...few(6), firstId: 0 },
  'move-damage-class': known('status', 'physical', 'special'),
  'move-learn-method': known('level-up', 'egg', 'tutor', 'machine'),
  'move-target': few(8),
  nature: few(25),
  'pal-park-area': few(5),
  'pokeathlon-stat': few(5),
  pokedex: few(6),
  pokemon: onePer(1),
  'pokemon-color': known('black', 'blue', 'brown', 'gray', 'green', 'pink', 'purple', 'red', 'white', 'yellow'),
  'pokemon-form': onePer(1),
  'pokemon-habitat': few(9),
  'pokemon-shape': few(14),
  'pokemon-species': onePer(1),
  region: few(9),
  stat: known('hp', 'attack', 'defense', 'special-attack', 'special-defense', 'speed', 'accuracy', 'evasion'),
  'super-contest-effect': unnamed(few(6)),
  type: known(
    ...['normal', 'fighting', 'flying', 'poison', 'ground', 'rock', 'bug', 'ghost', 'steel', 'fire', 'water', 'grass'],
    ...['electric', 'psychic', 'ice', 'dragon', 'dark', 'fairy'],
  ),
  version: few(12),
  'version-group': few(6),
} as const satisfies Record<string, TypeFacts>

/** A resource type of the index, `meta` aside. */
export type TypeName = keyof typeof CATALOG

export const isTypeName = (name: string): name is TypeName => Object.hasOwn(CATALOG, name)

export const factsOf = (type: TypeName): TypeFacts => CATALOG[type]

export const countOf = (world: World, type: TypeName): number => factsOf(type).count(world.pokemon)
