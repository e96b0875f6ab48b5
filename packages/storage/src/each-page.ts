import type { Store } from './store.ts'

export interface PagedQuery {
  readonly text: string
  readonly values?: readonly unknown[]
  readonly pageSize: number
}

/** Hands on the rows of a query, all of one snapshot, a page at a time: no more than one page is held. */
export const eachPage = async (
  store: Store,
  what: string,
  { text, values = [], pageSize }: PagedQuery,
  onPage: (rows: unknown[]) => void | Promise<void>,
): Promise<void> =>
  store.withConnection(what, async (query) => {
    await query('begin isolation level repeatable read read only')
    await query(`declare pages no scroll cursor for ${text}`, values)
    for (;;) {
      const rows = await query(`fetch ${pageSize} from pages`)
      if (rows.length === 0) return
      await onPage(rows)
    }
  })
