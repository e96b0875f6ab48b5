import { between, hash, type Random, randomFrom } from '../random.ts'
import { countOf, factsOf, type TypeName, type World } from './catalog.ts'

const CONSONANTS = 'bdfghjklmnprstvz'
const VOWELS = 'aeio'
/** Longer lists of relations are cut here, so that no document grows with the world. */
const RELATIONS_MAX = 500

/** PokeAPI's way to point at a named resource. */
export interface Ref {
  readonly name: string
  readonly url: string
}

/** Four syllables for a 24-bit number; different numbers give different words. */
const wordOf = (number: number): string => {
  let word = ''
  for (let shift = 18; shift >= 0; shift -= 6) {
    const syllable = (number >>> shift) & 63
    word += CONSONANTS.charAt(syllable >>> 2) + VOWELS.charAt(syllable & 3)
  }
  return word
}

/** A species, its pokemon and its form have one name. */
const familyOf = (type: TypeName): TypeName =>
  type === 'pokemon-species' || type === 'pokemon-form' ? 'pokemon' : type

export const nameOf = (world: World, type: TypeName, id: number): string => {
  const { names, firstId } = factsOf(type)
  const index = id - firstId
  // An odd factor permutes the 24-bit numbers, so no two names of a type are equal.
  return names?.[index] ?? wordOf((Math.imul(index, 0x9e3779b1) + hash(familyOf(type), world.seed)) & 0xffffff)
}

export const urlOf = (type: TypeName, id: number): string => `/api/v2/${type}/${id}/`
export const ref = (world: World, type: TypeName, id: number): Ref => ({
  name: nameOf(world, type, id),
  url: urlOf(type, id),
})
/** PokeAPI's way to point at a resource without a name. */
export const link = (type: TypeName, id: number): { url: string } => ({ url: urlOf(type, id) })

/** The numbers of one document. */
export const randomOf = (world: World, type: TypeName, id: number): Random =>
  randomFrom(hash(`${type}/${id}`, world.seed))

export const anyIdOf = (world: World, type: TypeName, random: Random): number =>
  factsOf(type).firstId + between(random, 0, countOf(world, type) - 1)

export const anyOf = (world: World, type: TypeName, random: Random): Ref =>
  ref(world, type, anyIdOf(world, type, random))

/** Up to `most` different resources of a type. */
export const someOf = (world: World, type: TypeName, random: Random, most: number): Ref[] => {
  const ids = new Set(Array.from({ length: between(random, 1, most) }, () => anyIdOf(world, type, random)))
  return [...ids].map((id) => ref(world, type, id))
}

/** The group that a resource belongs to: members go round the groups in turn, so {@link membersOf} knows them again. */
export const groupIdOf = (world: World, member: TypeName, memberId: number, group: TypeName): number =>
  factsOf(group).firstId + ((memberId - factsOf(member).firstId) % countOf(world, group))

export const groupOf = (world: World, member: TypeName, memberId: number, group: TypeName): Ref =>
  ref(world, group, groupIdOf(world, member, memberId, group))

/** The ids of a group's members, at most 500. */
export const memberIdsOf = (world: World, group: TypeName, groupId: number, member: TypeName): number[] => {
  const ids: number[] = []
  const [step, end] = [countOf(world, group), countOf(world, member)]
  for (let index = groupId - factsOf(group).firstId; index < end && ids.length < RELATIONS_MAX; index += step) {
    ids.push(factsOf(member).firstId + index)
  }
  return ids
}

/** A group's members, at most 500. */
export const membersOf = (world: World, group: TypeName, groupId: number, member: TypeName): Ref[] =>
  memberIdsOf(world, group, groupId, member).map((id) => ref(world, member, id))
