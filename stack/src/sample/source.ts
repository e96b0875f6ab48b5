/** One line of a list, its `url` relative (`/api/v2/type/1/`); some types, such as `machine`, have no names. */
export interface Entry {
  readonly name?: string | undefined
  readonly url: string
}

/** The whole list of one type, readable by parts. */
export interface EntryList {
  readonly count: number
  /** Entries from `begin` up to, not including, `end`; both within 0 and `count`. */
  slice(begin: number, end: number): readonly Entry[]
}

export interface SourceDocument {
  readonly bytes: Buffer
  /** Equal for as long as the bytes are. Left out by a source that could not tell it later without them. */
  readonly stamp?: string
}

/** Where the sample upstream takes its documents from. */
export interface Source {
  /** The list of a type; `undefined` for an unknown one, and for `meta`, which is none. */
  list(type: string): EntryList | undefined
  /**
   * A document with relative links, as PokeAPI/api-data has it; `undefined` when there is none.
   *
   * @param path `` (the index), `meta`, `type/id`, or `pokemon/id/encounters`
   */
  document(path: string): Promise<SourceDocument | undefined>
  /** The stamp that `document` would give; `undefined` where there is none. */
  stamp?(path: string): Promise<string | undefined>
}
