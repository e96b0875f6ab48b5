import { between, type Random } from '../random.ts'
import type { TypeName, World } from './catalog.ts'
import { groupOf, membersOf, nameOf, ref, someOf } from './refs.ts'
import { itemSprites } from './sprites.ts'
import { flavorTextsOf, inEnglish, namesOf, text } from './texts.ts'

export const item = (world: World, id: number, random: Random) => ({
  attributes: [groupOf(world, 'item', id, 'item-attribute')],
  baby_trigger_for: null,
  category: groupOf(world, 'item', id, 'item-category'),
  effect_entries: inEnglish(world, 'effect', text(random, 24)).map((entry) => ({
    ...entry,
    short_effect: text(random, 8),
  })),
  flavor_text_entries: flavorTextsOf(world, random, 'text', someOf(world, 'version-group', random, 6)),
  fling_effect: id % 5 === 0 ? groupOf(world, 'item', id, 'item-fling-effect') : null,
  fling_power: id % 5 === 0 ? between(random, 10, 130) : null,
  game_indices: [{ game_index: id, generation: groupOf(world, 'item', id, 'generation') }],
  held_by_pokemon: [],
  id,
  machines: [],
  name: nameOf(world, 'item', id),
  names: namesOf(world, 'item', id, random),
  prices: [
    {
      currency: groupOf(world, 'item', id, 'currency'),
      purchase_price: between(random, 1, 300) * 10,
      sell_price: between(random, 1, 150) * 10,
      version_group: groupOf(world, 'item', id, 'version-group'),
    },
  ],
  sprites: itemSprites(id, nameOf(world, 'item', id)),
})

/** Attributes and fling effects: a name and the items that have it. */
export const groupOfItems =
  (type: TypeName) =>
  (world: World, id: number, random: Random): object => ({
    descriptions: inEnglish(world, 'description', text(random, 6)),
    id,
    items: membersOf(world, type, id, 'item'),
    name: nameOf(world, type, id),
    names: namesOf(world, type, id, random),
  })

export const itemCategory = (world: World, id: number, random: Random) => ({
  id,
  items: membersOf(world, 'item-category', id, 'item'),
  name: nameOf(world, 'item-category', id),
  names: namesOf(world, 'item-category', id, random),
  pocket: groupOf(world, 'item-category', id, 'item-pocket'),
})

export const itemPocket = (world: World, id: number, random: Random) => ({
  categories: membersOf(world, 'item-pocket', id, 'item-category'),
  id,
  name: nameOf(world, 'item-pocket', id),
  names: namesOf(world, 'item-pocket', id, random),
})

export const berry = (world: World, id: number, random: Random) => ({
  firmness: groupOf(world, 'berry', id, 'berry-firmness'),
  flavors: [1, 2, 3, 4, 5].map((flavor) => ({
    flavor: ref(world, 'berry-flavor', flavor),
    potency: between(random, 0, 3) * 10,
  })),
  growth_time: between(random, 2, 24),
  id,
  item: groupOf(world, 'berry', id, 'item'),
  max_harvest: between(random, 5, 15),
  name: nameOf(world, 'berry', id),
  natural_gift_power: 60,
  natural_gift_type: groupOf(world, 'berry', id, 'type'),
  size: between(random, 20, 300),
  smoothness: between(random, 20, 60),
  soil_dryness: between(random, 4, 15),
})

export const berryFirmness = (world: World, id: number, random: Random) => ({
  berries: membersOf(world, 'berry-firmness', id, 'berry'),
  id,
  name: nameOf(world, 'berry-firmness', id),
  names: namesOf(world, 'berry-firmness', id, random),
})

export const berryFlavor = (world: World, id: number, random: Random) => ({
  berries: membersOf(world, 'berry-flavor', id, 'berry').map((each) => ({ berry: each, potency: 10 })),
  contest_type: groupOf(world, 'berry-flavor', id, 'contest-type'),
  id,
  name: nameOf(world, 'berry-flavor', id),
  names: namesOf(world, 'berry-flavor', id, random),
})

export const contestType = (world: World, id: number, random: Random) => ({
  berry_flavor: groupOf(world, 'contest-type', id, 'berry-flavor'),
  id,
  name: nameOf(world, 'contest-type', id),
  names: namesOf(world, 'contest-type', id, random).map((each) => ({ color: '', ...each })),
})

export const contestEffect = (world: World, id: number, random: Random) => ({
  appeal: between(random, 1, 6),
  effect_entries: inEnglish(world, 'effect', text(random, 10)),
  flavor_text_entries: inEnglish(world, 'flavor_text', text(random, 8)),
  id,
  jam: between(random, 0, 4),
})

export const superContestEffect = (world: World, id: number, random: Random) => ({
  appeal: between(random, 1, 3),
  flavor_text_entries: inEnglish(world, 'flavor_text', text(random, 8)),
  id,
  moves: membersOf(world, 'super-contest-effect', id, 'move'),
})
