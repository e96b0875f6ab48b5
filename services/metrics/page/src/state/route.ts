import { signal } from '@preact/signals'

export const VIEWS = [
  'queues',
  'runs',
  'schedules',
  'dead-letters',
  'health',
  'seed',
  'explain',
  'pokedex',
  'activity',
] as const
export type View = (typeof VIEWS)[number]

/** What is shown, as the address says: `#/<view>/<id>?<params>`. */
export interface Route {
  readonly view: View
  readonly id: string | null
  readonly params: Readonly<Record<string, string>>
}

const routeIn = (hash: string): Route => {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const [name, id] = path.split('/').map(decodeURIComponent)
  return {
    view: VIEWS.find((view) => view === name) ?? 'queues',
    id: id || null,
    params: Object.fromEntries(new URLSearchParams(query)),
  }
}

export const route = signal<Route>(routeIn(location.hash))
addEventListener('hashchange', () => {
  route.value = routeIn(location.hash)
})

type Params = Readonly<Record<string, string | null | undefined>>

/** The address of a view; absent parameters are left out. */
export const hrefOf = (view: View, id?: string | null, params: Params = {}): string => {
  const given = Object.entries(params).flatMap(([name, value]) => (value ? [[name, value]] : []))
  const query = new URLSearchParams(given).toString()
  return `#/${view}${id ? `/${encodeURIComponent(id)}` : ''}${query ? `?${query}` : ''}`
}

export const go = (view: View, id?: string | null, params?: Params): void => {
  location.hash = hrefOf(view, id, params)
}

/** Changes parameters of the view that is shown, without a step in the history. */
export const setParams = (changed: Params): void => {
  const { view, id, params } = route.value
  history.replaceState(null, '', hrefOf(view, id, { ...params, ...changed }))
  route.value = routeIn(location.hash)
}
