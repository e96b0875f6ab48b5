const MEDIA = 'https://raw.githubusercontent.com/PokeAPI'
const SPRITES = `${MEDIA}/sprites/master/sprites`

/** Every n-th resource has this; the others have `null`, as in PokeAPI. */
const every = (n: number, id: number, url: string): string | null => (id % n === 0 ? url : null)
const allBut = (n: number, id: number, url: string): string | null => (id % n === 0 ? null : url)

const frontAndBack = (base: string, id: number) => ({
  back_default: `${base}/back/${id}.png`,
  back_female: null,
  back_shiny: `${base}/back/shiny/${id}.png`,
  back_shiny_female: null,
  front_default: `${base}/${id}.png`,
  front_female: every(8, id, `${base}/female/${id}.png`),
  front_shiny: `${base}/shiny/${id}.png`,
  front_shiny_female: every(8, id, `${base}/shiny/female/${id}.png`),
})

const otherSprites = (base: string, id: number) => ({
  dream_world: { front_default: allBut(4, id, `${base}/dream-world/${id}.svg`), front_female: null },
  home: {
    front_default: `${base}/home/${id}.png`,
    front_female: null,
    front_shiny: null,
    front_shiny_female: null,
  },
  'official-artwork': {
    front_default: `${base}/official-artwork/${id}.png`,
    front_shiny: `${base}/official-artwork/shiny/${id}.png`,
  },
  showdown: {
    back_default: null,
    back_female: null,
    back_shiny: null,
    back_shiny_female: null,
    front_default: `${base}/showdown/${id}.gif`,
    front_female: null,
    front_shiny: null,
    front_shiny_female: null,
  },
})

const versionSprites = (base: string, id: number) => ({
  'generation-i': {
    'red-blue': {
      back_default: null,
      back_gray: null,
      front_default: every(10, id, `${base}/generation-i/red-blue/${id}.png`),
      front_gray: null,
    },
  },
  'generation-v': {
    'black-white': {
      animated: {
        back_default: null,
        back_shiny: null,
        front_default: allBut(3, id, `${base}/generation-v/black-white/animated/${id}.gif`),
        front_shiny: null,
      },
      back_default: null,
      front_default: `${base}/generation-v/black-white/${id}.png`,
      front_female: null,
    },
  },
  'generation-viii': { icons: { front_default: null, front_female: null } },
})

/** `pokemon.sprites`: nested and full of nulls, as in PokeAPI; 10 images on average. */
export const pokemonSprites = (id: number) => ({
  ...frontAndBack(`${SPRITES}/pokemon`, id),
  other: otherSprites(`${SPRITES}/pokemon/other`, id),
  versions: versionSprites(`${SPRITES}/pokemon/versions`, id),
})

/** `pokemon-form.sprites`: the same files that the pokemon names. */
export const formSprites = (id: number) => frontAndBack(`${SPRITES}/pokemon`, id)

/** `pokemon.cries`. */
export const criesOf = (id: number) => ({
  latest: `${MEDIA}/cries/main/cries/pokemon/latest/${id}.ogg`,
  legacy: every(2, id, `${MEDIA}/cries/main/cries/pokemon/legacy/${id}.ogg`),
})

/** `item.sprites`; several machines' items share one picture, as PokeAPI's do. */
export const itemSprites = (id: number, name: string) => ({
  default: allBut(12, id, `${SPRITES}/items/${id % 9 === 0 ? 'tm-normal' : name}.png`),
})

/** `type.sprites`. */
export const typeSprites = (id: number) => ({
  'generation-iii': {
    emerald: { name_icon: `${SPRITES}/types/generation-iii/emerald/${id}.png`, symbol_icon: null },
  },
  'generation-ix': {
    'scarlet-violet': {
      name_icon: `${SPRITES}/types/generation-ix/scarlet-violet/${id}.png`,
      symbol_icon: `${SPRITES}/types/generation-ix/scarlet-violet/small/${id}.png`,
    },
  },
})
