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

/** Where the sample upstream takes its documents from. */
export interface Source {
  /** The list of a type; `undefined` for an unknown one, and for `meta`, which is none. */
  list(type: string): EntryList | undefined
  /**
   * A document with relative links, as PokeAPI/api-data has it; `undefined` when there is none.
   *
   * @param path `` (the index), `meta`, `type/id`, or `pokemon/id/encounters`
   */
  document(path: string): Promise<Buffer | undefined>
  /**
   * Equal for as long as a document's bytes are, and cheaper than they; `undefined` where there is no document. Left out
   * by a source to which none is cheaper.
   */
  stamp?(path: string): Promise<string | undefined>
}
