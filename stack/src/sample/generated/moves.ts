import { between, type Random } from '../random.ts'
import type { TypeName, World } from './catalog.ts'
import { anyIdOf, anyOf, groupOf, link, memberIdsOf, membersOf, nameOf, ref, someOf } from './refs.ts'
import { typeSprites } from './sprites.ts'
import { flavorTextsOf, inEnglish, namesOf, text } from './texts.ts'

const effectOf = (world: World, random: Random) =>
  inEnglish(world, 'effect', text(random, 30)).map((entry) => ({ ...entry, short_effect: text(random, 8) }))

export const ability = (world: World, id: number, random: Random) => ({
  effect_changes: [],
  effect_entries: effectOf(world, random),
  flavor_text_entries: flavorTextsOf(world, random, 'flavor_text', someOf(world, 'version-group', random, 6)),
  generation: groupOf(world, 'ability', id, 'generation'),
  id,
  is_main_series: true,
  name: nameOf(world, 'ability', id),
  names: namesOf(world, 'ability', id, random),
  pokemon: membersOf(world, 'ability', id, 'pokemon').map((member) => ({
    is_hidden: false,
    pokemon: member,
    slot: 1,
  })),
})

export const move = (world: World, id: number, random: Random) => ({
  accuracy: id % 6 === 0 ? null : between(random, 50, 100),
  contest_combos: null,
  contest_effect: link('contest-effect', anyIdOf(world, 'contest-effect', random)),
  contest_type: groupOf(world, 'move', id, 'contest-type'),
  damage_class: groupOf(world, 'move', id, 'move-damage-class'),
  effect_chance: null,
  effect_changes: [],
  effect_entries: effectOf(world, random),
  flavor_text_entries: flavorTextsOf(world, random, 'flavor_text', someOf(world, 'version-group', random, 6)),
  generation: groupOf(world, 'move', id, 'generation'),
  id,
  learned_by_pokemon: someOf(world, 'pokemon', random, 30),
  machines: [],
  meta: {
    ailment: groupOf(world, 'move', id, 'move-ailment'),
    category: groupOf(world, 'move', id, 'move-category'),
    crit_rate: 0,
    max_hits: null,
    min_hits: null,
  },
  name: nameOf(world, 'move', id),
  names: namesOf(world, 'move', id, random),
  past_values: [],
  power: id % 3 === 1 ? null : between(random, 15, 150),
  pp: between(random, 1, 8) * 5,
  priority: 0,
  stat_changes: [],
  super_contest_effect: link('super-contest-effect', anyIdOf(world, 'super-contest-effect', random)),
  target: groupOf(world, 'move', id, 'move-target'),
  type: groupOf(world, 'move', id, 'type'),
})

export const type = (world: World, id: number, random: Random) => ({
  damage_relations: {
    double_damage_from: someOf(world, 'type', random, 3),
    double_damage_to: someOf(world, 'type', random, 3),
    half_damage_from: someOf(world, 'type', random, 3),
    half_damage_to: someOf(world, 'type', random, 3),
    no_damage_from: [],
    no_damage_to: [],
  },
  game_indices: [],
  generation: groupOf(world, 'type', id, 'generation'),
  id,
  move_damage_class: groupOf(world, 'type', id, 'move-damage-class'),
  moves: membersOf(world, 'type', id, 'move'),
  name: nameOf(world, 'type', id),
  names: namesOf(world, 'type', id, random),
  past_damage_relations: [],
  pokemon: membersOf(world, 'type', id, 'pokemon').map((member) => ({ pokemon: member, slot: 1 })),
  sprites: typeSprites(id),
})

/** Ailments, categories, classes, targets: a name and the moves that have it. */
export const groupOfMoves =
  (groupType: TypeName) =>
  (world: World, id: number, random: Random): object => ({
    descriptions: inEnglish(world, 'description', text(random, 6)),
    id,
    moves: membersOf(world, groupType, id, 'move'),
    name: nameOf(world, groupType, id),
    names: namesOf(world, groupType, id, random),
  })

export const machine = (world: World, id: number, random: Random) => ({
  id,
  item: anyOf(world, 'item', random),
  move: groupOf(world, 'machine', id, 'move'),
  version_group: groupOf(world, 'machine', id, 'version-group'),
})

export const stat = (world: World, id: number, random: Random) => ({
  affecting_items: someOf(world, 'item', random, 2),
  affecting_moves: { decrease: [], increase: [{ change: 1, move: anyOf(world, 'move', random) }] },
  affecting_natures: { decrease: [], increase: membersOf(world, 'stat', id, 'nature') },
  characteristics: memberIdsOf(world, 'stat', id, 'characteristic').map((each) => link('characteristic', each)),
  game_index: id,
  id,
  is_battle_only: id > 6,
  move_damage_class: id === 1 ? null : groupOf(world, 'stat', id, 'move-damage-class'),
  name: nameOf(world, 'stat', id),
  names: namesOf(world, 'stat', id, random),
})

export const nature = (world: World, id: number, random: Random) => ({
  decreased_stat: anyOf(world, 'stat', random),
  hates_flavor: anyOf(world, 'berry-flavor', random),
  id,
  increased_stat: groupOf(world, 'nature', id, 'stat'),
  likes_flavor: anyOf(world, 'berry-flavor', random),
  move_battle_style_preferences: [1, 2, 3].map((style) => ({
    high_hp_preference: between(random, 10, 60),
    low_hp_preference: between(random, 10, 60),
    move_battle_style: ref(world, 'move-battle-style', style),
  })),
  name: nameOf(world, 'nature', id),
  names: namesOf(world, 'nature', id, random),
  pokeathlon_stat_changes: [{ max_change: -2, pokeathlon_stat: groupOf(world, 'nature', id, 'pokeathlon-stat') }],
})

export const pokeathlonStat = (world: World, id: number, random: Random) => ({
  affecting_natures: {
    decrease: membersOf(world, 'pokeathlon-stat', id, 'nature').map((each) => ({ max_change: -2, nature: each })),
    increase: [],
  },
  id,
  name: nameOf(world, 'pokeathlon-stat', id),
  names: namesOf(world, 'pokeathlon-stat', id, random),
})

export const characteristic = (world: World, id: number, random: Random) => ({
  descriptions: inEnglish(world, 'description', text(random, 4)),
  gene_modulo: id % 5,
  highest_stat: groupOf(world, 'characteristic', id, 'stat'),
  id,
  possible_values: [id % 5, (id % 5) + 5],
})

export const learnMethod = (world: World, id: number, random: Random) => ({
  descriptions: inEnglish(world, 'description', text(random, 6)),
  id,
  name: nameOf(world, 'move-learn-method', id),
  names: namesOf(world, 'move-learn-method', id, random),
  version_groups: membersOf(world, 'move-learn-method', id, 'version-group'),
})
