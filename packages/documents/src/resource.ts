import { hash } from 'node:crypto'
import { errors } from '@pokepedia/errors'
import { partsOfPath, type ResourcePath } from '@pokepedia/events/ids'
import type { JsonDocument } from '@pokepedia/service'
import type { ResourceToSave } from '@pokepedia/storage'
import { pokemonOf } from './pokemon.ts'
import { mayNameMedia, referencesOf } from './sprites-of.ts'

/** What a document itself says of its resource, wherever it came from. */
export type ResourceContent = Pick<
  ResourceToSave,
  'path' | 'resourceType' | 'resourceId' | 'name' | 'url' | 'text' | 'contentHash' | 'references' | 'pokemon'
>

/** The document without insignificant white space. */
const minified = ({ value, text }: JsonDocument): string => {
  try {
    return JSON.stringify(value)
  } catch (error) {
    // A document some thousand levels deep is too much for JSON.stringify's stack; its own text stands for it.
    if (error instanceof RangeError) return text
    throw error
  }
}

/**
 * A number that JavaScript may write otherwise than the document does: with a point, an exponent or 16 digits. It looks
 * back only where a number could go on: an address in a link has several points. As it is written, each way on begins
 * with two single characters; V8 searches for that in less than half the time that `\.(?=…)` or `[0-9]{15}` takes.
 */
const INEXACT = /[0-9](?:(?:\.[0-9](?=[0-9]*[\s,\]}eE])|[eE][-+0-9])(?<=[\s:[,]-?[0-9]+..)|[0-9]{2}[0-9]{13})/

/** How the links of a document are to lead elsewhere than they do. */
export interface Relink {
  /** The same for a JSON text, in which a link begins a string. */
  json(text: string): string
  /** The same for the URL of a media file. */
  url(url: string): string
}

const AS_THEY_ARE: Relink = { json: (text) => text, url: (url) => url }

/**
 * The row of a document: its text, its name if it has one, its hash, the media it names and, for a Pokémon, its
 * projection. The hash is the SHA-256 of the minified document, so that another layout is no change; the text is
 * minified, too, where that keeps every digit. Holds no parsed document, which takes several times the memory of its
 * text. With `relink` it is the row of the document that has those links; a relative one is none to a media file.
 * Throws `json_invalid` where a list stands for an object or the other way round: encounters alone are a list.
 */
export const resourceOf = (
  { path, url }: { readonly path: ResourcePath; readonly url: string },
  document: JsonDocument,
  relink: Relink = AS_THEY_ARE,
): ResourceContent => {
  const { text, value } = document
  const { resourceType, resourceId, sub } = partsOfPath(path)
  const isList = Array.isArray(value)
  if (isList !== (sub === 'encounters'))
    throw errors('json_invalid', `${url} is ${isList ? 'a list' : 'an object'}, which ${path} can't be`)
  const name = isList ? undefined : value['name']
  // Minified first: what is left to search is half as long.
  const plain = minified(document)
  const short = relink.json(plain)
  // Three documents of four name no media; JSON.stringify escapes no letter and no point, unlike the text it was made of.
  const references = plain === text || mayNameMedia(plain) ? referencesOf(value) : []
  return {
    path,
    resourceType,
    resourceId,
    name: typeof name === 'string' ? name : null,
    url,
    text: INEXACT.test(text) ? relink.json(text) : short,
    contentHash: hash('sha256', short),
    references: references.map((one) => ({ ...one, url: relink.url(one.url) })),
    pokemon: resourceType === 'pokemon' && sub === null ? pokemonOf(value, resourceId, relink.url) : null,
  }
}
