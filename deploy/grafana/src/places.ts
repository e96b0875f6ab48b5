/** The dashboards: where each is found, and what links to it are called. */
export const places = {
  overview: { uid: 'pokepedia-overview', title: 'Pokepedia / 1 Overview' },
  consumers: { uid: 'pokepedia-consumers', title: 'Pokepedia / 2 Consumer lag and internals' },
  failures: { uid: 'pokepedia-failures', title: 'Pokepedia / 3 Retries and dead letters' },
  dependencies: { uid: 'pokepedia-dependencies', title: 'Pokepedia / 4 Upstream, Postgres and object store' },
  runs: { uid: 'pokepedia-runs', title: 'Pokepedia / 5 Runs and data' },
  services: { uid: 'pokepedia-services', title: 'Pokepedia / 6 Services' },
  runbooks: { uid: 'pokepedia-runbooks', title: 'Pokepedia / 7 Runbooks' },
} as const
export type Place = keyof typeof places

/** The path of a dashboard in Grafana. */
export const pathOf = (place: Place): string => `/d/${places[place].uid}`
