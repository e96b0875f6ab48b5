import { between, type Random } from '../random.ts'
import { factsOf, type TypeName, type World } from './catalog.ts'
import { nameOf, type Ref, ref } from './refs.ts'

const KATAKANA_A = 0x30a2
const WORDS = 'ka mo ri ten sul pa via nor lek dun ash wil tor emi zan fel oru bis'.split(' ')
const JAPANESE = 1
const ENGLISH = 6

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
const word = (random: Random): string =>
  Array.from({ length: between(random, 1, 3) }, () => WORDS[between(random, 0, WORDS.length - 1)] ?? '').join('')

/** Sentences of no language, with the line and page breaks that PokeAPI's texts have. */
export const text = (random: Random, words: number): string => {
  const parts = Array.from({ length: words }, () => word(random))
  return `${capital(parts.join(' ').replace(/((?:\S+ ){4}\S+) /g, '$1\n'))}.\f`
}

const katakana = (random: Random): string =>
  String.fromCharCode(...Array.from({ length: between(random, 3, 6) }, () => KATAKANA_A + between(random, 0, 70)))

/** One entry per language, the text under `key`. */
export const inLanguages = <Key extends string>(world: World, key: Key, make: (languageId: number) => string) =>
  (factsOf('language').names ?? []).map((_, index) => ({
    language: ref(world, 'language', index + 1),
    [key]: make(index + 1),
  }))

/** One entry in English, as PokeAPI has them where nobody has translated. */
export const inEnglish = <Key extends string>(world: World, key: Key, value: string) => [
  { [key]: value, language: ref(world, 'language', ENGLISH) },
]

/** The `names` of a resource. */
export const namesOf = (world: World, type: TypeName, id: number, random: Random) => {
  const name = capital(nameOf(world, type, id))
  return inLanguages(world, 'name', (languageId) => (languageId === JAPANESE ? katakana(random) : name))
}

/** A flavor text for each of up to six version groups. */
export const flavorTextsOf = (world: World, random: Random, key: 'flavor_text' | 'text', groups: readonly Ref[]) =>
  groups.map((group) => ({
    [key]: text(random, 14),
    language: ref(world, 'language', ENGLISH),
    version_group: group,
  }))
