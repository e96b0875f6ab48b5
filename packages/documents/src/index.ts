export { pokemonOf } from './pokemon.ts'
export { type Relink, type ResourceContent, resourceOf } from './resource.ts'
export { mediaKindOf, referencesOf } from './sprites-of.ts'
