import { classify } from '@pokepedia/errors'
import { isResourcePath, type ResourcePath } from '@pokepedia/events/ids'

/** Why a file gives no row. Those of `FAULTS` should have been a resource. */
export type SkipReason = 'index' | 'list' | 'unknown' | Fault

/** Stable codes of what is wrong with a file that should be a resource. */
export const FAULTS = [
  'unreadable',
  'body_too_large',
  'not_json',
  'json_invalid',
  'json_not_storable',
  'internal',
] as const
export type Fault = (typeof FAULTS)[number]

/** A file that should hold a resource. */
export interface DocumentFile {
  readonly kind: 'document'
  readonly path: ResourcePath
  /** When the file was written, as far as is known. */
  readonly modifiedAt: Date
  readonly byteLength: number
  /** The bytes, or the name of the file that has them, which is read where it is parsed. */
  readonly content: Uint8Array | string
}

/** A file of api-data or of ditto's output: a document to load, or one to pass over. */
export type ImportFile =
  | DocumentFile
  | { readonly kind: 'skip'; readonly name: string; readonly reason: SkipReason; readonly detail?: string }

/** A document whose bytes are there already. */
export const documentOf = (path: ResourcePath, modifiedAt: Date, content: Uint8Array): DocumentFile => ({
  kind: 'document',
  path,
  modifiedAt,
  byteLength: content.byteLength,
  content,
})

/** Where the files come from. */
export interface ImportSource {
  /** Every file below the API root, each once; reads on while it is read from. */
  files(): AsyncIterable<ImportFile>
  /** 0 to 1. */
  progress(): number
}

/** The name of a document's file below the API root. */
export const nameOf = (path: ResourcePath): string => `${path}/index.json`

/** What a file is by its name below the API root: `pokemon/25/index.json` is the document of `pokemon/25`. */
export const fileKind = (name: string): { readonly path: ResourcePath } | { readonly skip: SkipReason } => {
  const [, place] = /^(?:(.+)\/)?index\.json$/.exec(name) ?? ['', 'no index']
  if (place === undefined || place === 'meta') return { skip: 'index' }
  if (isResourcePath(place)) return { path: place }
  return { skip: /^[a-z0-9-]+$/.test(place) ? 'list' : 'unknown' }
}

/** The skip of a document that is at fault, by the error's code; one of the file system means that it can't be read. */
export const faultOf = (thrown: unknown): { reason: Fault; detail: string } => {
  if (thrown instanceof Error && 'syscall' in thrown) return { reason: 'unreadable', detail: thrown.message }
  const { code, message } = classify(thrown)
  return { reason: FAULTS.find((fault) => fault === code) ?? 'internal', detail: message }
}
