import { readFileSync } from 'node:fs'
import { resourceOf } from '@pokepedia/documents'
import { errors } from '@pokepedia/errors'
import { urlOfPath } from '@pokepedia/events/ids'
import { jsonDocumentOf, jsonTextOf } from '@pokepedia/service/json'
import { type ResourceToLoad, resourceToLoad } from '@pokepedia/storage/copy-rows'
import { kTransferable, kValue, Tinypool } from 'tinypool'
import { type DocumentFile, type Fault, faultOf, nameOf } from './import-file.ts'
import { type LinkRoots, relinkTo } from './relink.ts'

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

/** Throws the errors of a document that is none, and those of reading a file. */
const resourceIn = (file: DocumentFile, { roots, maxBytes, now }: FilesToParse): ResourceToLoad => {
  const { path, byteLength, content, modifiedAt } = file
  if (byteLength > maxBytes) throw errors('body_too_large', `${byteLength} bytes, the limit is ${maxBytes}`)
  const url = urlOfPath(roots.apiRoot, path)
  const bytes = typeof content === 'string' ? readFileSync(content) : content
  const document = jsonDocumentOf(jsonTextOf(bytes, path), path)
  const resource = resourceOf({ path, url }, document, relinkTo(roots))
  return resourceToLoad({ ...resource, fetchedAt: modifiedAt < now ? modifiedAt : now })
}

/** The resources of some files; their rows are handed over, not copied. */
export default (given: FilesToParse): unknown => {
  const resources: ResourceToLoad[] = []
  const faulty: ParsedFiles['faulty'][number][] = []
  for (const file of given.files) {
    try {
      resources.push(resourceIn(file, given))
    } catch (thrown) {
      faulty.push({ name: nameOf(file.path), ...faultOf(thrown) })
    }
  }
  const parsed: ParsedFiles = { resources, faulty }
  return Tinypool.move({ [kTransferable]: resources.map(({ row }) => row.buffer), [kValue]: parsed })
}
