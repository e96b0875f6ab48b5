import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { pathOf } from './places.ts'

const folder = fileURLToPath(new URL('../../../../docs/runbooks/', import.meta.url))

/** A page of docs/runbooks. */
export interface Runbook {
  /** The alert's name. */
  readonly alert: string
  /** critical, warning or info. */
  readonly severity: string
  /** Markdown, without the heading. */
  readonly text: string
}

const read = (file: string): Runbook => {
  const page = readFileSync(`${folder}${file}`, 'utf8')
  const [heading, alert = '', severity = ''] = /^# (\w+) \((\w+)\)\n+/.exec(page) ?? []
  if (heading === undefined) throw new Error(`docs/runbooks/${file} does not begin with "# Alert (severity)"`)
  return { alert, severity, text: page.slice(heading.length) }
}

/** All of them, by name. */
export const runbooks: readonly Runbook[] = readdirSync(folder).toSorted().map(read)

/** The id of a runbook's panel on the dashboard of runbooks. */
export const panelIdOf = (alert: string): number => {
  const nth = runbooks.findIndex((runbook) => runbook.alert === alert)
  if (nth < 0) throw new Error(`docs/runbooks has no page ${alert}.md`)
  return 100 + nth
}

/** The path of a runbook in Grafana. */
export const pathOfRunbook = (alert: string): string => `${pathOf('runbooks')}?viewPanel=${panelIdOf(alert)}`
