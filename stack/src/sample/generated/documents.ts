import type { Random } from '../random.ts'
import type { TypeName, World } from './catalog.ts'
import * as items from './items.ts'
import * as moves from './moves.ts'
import * as places from './places.ts'
import * as pokemon from './pokemon.ts'
import * as species from './species.ts'

type Build = (world: World, id: number, random: Random) => object

/** The builder of each type's documents: PokeAPI's keys in its (alphabetical) order, links relative. */
export const DOCUMENTS: Readonly<Record<TypeName, Build>> = {
  ability: moves.ability,
  berry: items.berry,
  'berry-firmness': items.berryFirmness,
  'berry-flavor': items.berryFlavor,
  characteristic: moves.characteristic,
  'contest-effect': items.contestEffect,
  'contest-type': items.contestType,
  currency: places.justNamed('currency'),
  'egg-group': species.groupOfSpecies('egg-group'),
  'encounter-condition': places.encounterCondition,
  'encounter-condition-value': places.encounterConditionValue,
  'encounter-method': places.encounterMethod,
  'evolution-chain': species.evolutionChain,
  'evolution-trigger': species.groupOfSpecies('evolution-trigger'),
  gender: species.gender,
  generation: places.generation,
  'growth-rate': species.growthRate,
  item: items.item,
  'item-attribute': items.groupOfItems('item-attribute'),
  'item-category': items.itemCategory,
  'item-fling-effect': items.groupOfItems('item-fling-effect'),
  'item-pocket': items.itemPocket,
  language: places.language,
  location: places.location,
  'location-area': places.locationArea,
  machine: moves.machine,
  move: moves.move,
  'move-ailment': moves.groupOfMoves('move-ailment'),
  'move-battle-style': places.justNamed('move-battle-style'),
  'move-category': moves.groupOfMoves('move-category'),
  'move-damage-class': moves.groupOfMoves('move-damage-class'),
  'move-learn-method': moves.learnMethod,
  'move-target': moves.groupOfMoves('move-target'),
  nature: moves.nature,
  'pal-park-area': species.palParkArea,
  'pokeathlon-stat': moves.pokeathlonStat,
  pokedex: species.pokedex,
  pokemon: pokemon.pokemon,
  'pokemon-color': species.groupOfSpecies('pokemon-color'),
  'pokemon-form': pokemon.pokemonForm,
  'pokemon-habitat': species.groupOfSpecies('pokemon-habitat'),
  'pokemon-shape': species.groupOfSpecies('pokemon-shape'),
  'pokemon-species': species.species,
  region: places.region,
  stat: moves.stat,
  'super-contest-effect': items.superContestEffect,
  type: moves.type,
  version: places.version,
  'version-group': places.versionGroup,
}
