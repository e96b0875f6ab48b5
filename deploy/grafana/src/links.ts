import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import { type DashboardLink, DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard'
import { type Place, places } from './places.ts'

/** A link to a page; the choice of variables and time goes along to one of Grafana's. */
export const linkTo = (title: string, url: string): Builder<DashboardLink> => {
  const isOurs = url.startsWith('/d/')
  const made = new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .icon('external link')
    .tooltip(title)
    .url(url)
  // The builder's default place is a menu; without one it stands above the panels, where it is seen.
  const { placement: _, ...link } = made.keepTime(isOurs).includeVars(isOurs).build()
  return { build: () => link }
}

/** What stands above a dashboard: the status page, and the other dashboards. */
export const linksFrom = (here: Place): Builder<DashboardLink>[] => [
  linkTo('Status page', '$status_page'),
  ...Object.entries(places)
    .filter(([place]) => place !== here)
    .map(([, { uid, title }]) => linkTo(title.replace('Pokepedia / ', ''), `/d/${uid}`)),
]
