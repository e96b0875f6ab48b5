import type { ListSource } from '../src/lists.ts'

export const API_ROOT = 'http://upstream.test/api/v2/'

export interface StubOptions {
  /** Ids of each type, in list order; duplicates are sent as they stand. */
  readonly lists: Readonly<Record<string, readonly number[]>>
  /** The largest page the host gives, whatever is asked for. */
  readonly pageCap?: number
  /** What the list says of its length, given the true one. */
  readonly count?: (length: number) => number
  /** The page's `next`, given whether there is more. */
  readonly next?: (more: boolean, url: string) => string | null
}

/** An upstream's index and lists without a network; lists as the live API pages them. */
export const stubLists = ({ lists, pageCap = 1_000, count, next }: StubOptions): ListSource & { reads: string[] } => {
  const reads: string[] = []
  const index = Object.fromEntries([...Object.keys(lists), 'meta'].map((type) => [type, `${API_ROOT}${type}/`]))
  const page = (address: string, type: string, ids: readonly number[]) => {
    const { searchParams } = new URL(address)
    const offset = Number(searchParams.get('offset') ?? 0)
    const end = offset + Math.min(pageCap, Number(searchParams.get('limit') ?? 20))
    const more = end < ids.length
    const results = ids.slice(offset, end).map((id) => ({ name: `n${id}`, url: `${API_ROOT}${type}/${id}/` }))
    return {
      count: count?.(ids.length) ?? ids.length,
      next: next ? next(more, address) : more ? `${API_ROOT}${type}/?offset=${end}` : null,
      results,
    }
  }
  return {
    apiRoot: API_ROOT,
    reads,
    async read(address) {
      reads.push(address)
      if (address === API_ROOT) return index
      const type = address.slice(API_ROOT.length).split('/')[0] ?? ''
      const ids = lists[type]
      if (ids) return page(address, type, ids)
      return type === 'meta' ? { hash: '0d8f', tag: null } : undefined
    },
  }
}
