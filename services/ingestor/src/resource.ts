import { createHash } from 'node:crypto'
import { partsOfPath, type ResourceRequested } from '@pokepedia/events'
import { jsonObjectOf, type UpstreamAnswer } from '@pokepedia/service'
import type { ResourceToSave } from '@pokepedia/storage'
import { pokemonOf } from './pokemon.ts'
import { referencesOf } from './sprites-of.ts'

/** SHA-256 of the document without insignificant white space, so that another layout is no change. */
const contentHashOf = (value: unknown, text: string): string => {
  const hash = createHash('sha256')
  try {
    hash.update(JSON.stringify(value))
  } catch (error) {
    // A document some thousand levels deep is too much for JSON.stringify's stack; its own text stands for it.
    if (!(error instanceof RangeError)) throw error
    hash.update(text)
  }
  return hash.digest('hex')
}

/**
 * The row of a fetched document: its text, its name if it has one, its hash, the media it names and, for a Pokémon,
 * its projection. Holds no parsed document, which takes several times the memory of its text. Throws `not_json` or
 * `json_invalid`.
 */
export const resourceOf = (
  event: ResourceRequested,
  answer: UpstreamAnswer & { status: 'ok' },
): Omit<ResourceToSave, 'requestKinds' | 'traceparent'> => {
  const { text, value } = jsonObjectOf(answer)
  const { resourceType, resourceId, sub } = partsOfPath(event.path)
  const name = Array.isArray(value) ? undefined : value['name']
  return {
    runId: event.runId,
    path: event.path,
    resourceType,
    resourceId,
    name: typeof name === 'string' ? name : null,
    url: event.url,
    text,
    contentHash: contentHashOf(value, text),
    etag: answer.etag,
    fetchedAt: answer.startedAt,
    references: referencesOf(value),
    pokemon: resourceType === 'pokemon' && sub === null ? pokemonOf(value, resourceId) : null,
  }
}
