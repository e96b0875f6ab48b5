import { resourceOf } from '@pokepedia/documents'
import { classify, errors } from '@pokepedia/errors'
import { urlOfPath } from '@pokepedia/events'
import { jsonDocumentOf, jsonTextOf } from '@pokepedia/service'
import type { ResourceToLoad } from '@pokepedia/storage'
import { type DocumentFile, type Fault, faultOf, nameOf } from './import-file.ts'
import { type LinkRoots, relinked } from './relink.ts'

// Runs in a thread of its own: parsing, hashing and projecting are most of an import's work.

/** Some files to parse, and how. */
export interface FilesToParse {
  readonly files: readonly DocumentFile[]
  readonly roots: LinkRoots
  /** Limit of one document. */
  readonly maxBytes: number
  /** No document is newer than this: a file from the future would refuse every later fetch. */
  readonly now: Date
}

export interface ParsedFiles {
  readonly resources: readonly ResourceToLoad[]
  /** Files that hold no document, by name. */
  readonly faulty: readonly { readonly name: string; readonly reason: Fault; readonly detail: string }[]
}

/** Throws the errors of a document that is none. */
const resourceIn = (file: DocumentFile, { roots, maxBytes, now }: FilesToParse): ResourceToLoad => {
  const { path, bytes, modifiedAt } = file
  if (bytes.length > maxBytes) throw errors('body_too_large', `${bytes.length} bytes, the limit is ${maxBytes}`)
  const url = urlOfPath(roots.apiRoot, path)
  const document = jsonDocumentOf(relinked(jsonTextOf(bytes, path), roots), path)
  const { text, ...content } = resourceOf({ path, url }, document)
  // Not Buffer.from: with a small one the whole of its pool would go to the other thread.
  return { ...content, text: new TextEncoder().encode(text), fetchedAt: modifiedAt < now ? modifiedAt : now }
}

/** The resources of some files. */
export default (given: FilesToParse): ParsedFiles => {
  const resources: ResourceToLoad[] = []
  const faulty: ParsedFiles['faulty'][number][] = []
  for (const file of given.files) {
    try {
      resources.push(resourceIn(file, given))
    } catch (thrown) {
      faulty.push({ name: nameOf(file.path), ...faultOf(classify(thrown)) })
    }
  }
  return { resources, faulty }
}
