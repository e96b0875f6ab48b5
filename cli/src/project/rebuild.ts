import { resourceOf } from '@pokepedia/documents'
import { messageOf } from '@pokepedia/errors'
import { jsonDocumentOf } from '@pokepedia/service'
import {
  eachStoredDocument,
  type Projected,
  project,
  removeUnfounded,
  type Store,
  type StoredDocument,
} from '@pokepedia/storage'

export interface Rebuilt {
  /** Documents that were read. */
  readonly documents: number
  /** Rows that were not as the documents say: of Pokémon, of media references. What was right was not written. */
  readonly pokemon: number
  readonly references: number
  /** Rows of Pokémon that no document has. */
  readonly removed: number
  /** Documents that this version can't read; their rows stay as they were. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
}

const projectedOf = ({ path, url, text, contentHash }: StoredDocument): Projected => {
  const { references, pokemon } = resourceOf({ path, url }, jsonDocumentOf(text, path))
  return { path, contentHash, references, pokemon }
}

/**
 * Makes everything that follows from the stored documents anew, as this version reads them: the Pokédex rows and the
 * media that documents refer to. Asks no upstream; services may run meanwhile. Doing it again changes nothing.
 */
export const rebuild = async (store: Store, onProgress: (documents: number) => void): Promise<Rebuilt> => {
  const counts = { documents: 0, pokemon: 0, references: 0 }
  const unreadable: { path: string; reason: string }[] = []
  await eachStoredDocument(store, async (documents) => {
    const read = documents.flatMap((document) => {
      try {
        return projectedOf(document)
      } catch (error) {
        unreadable.push({ path: document.path, reason: messageOf(error) })
        return []
      }
    })
    const { pokemon, references } = await project(store, read)
    counts.documents += documents.length
    counts.pokemon += pokemon
    counts.references += references
    onProgress(counts.documents)
  })
  return { ...counts, removed: await removeUnfounded(store), unreadable }
}
