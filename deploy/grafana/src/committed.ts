import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const folder = fileURLToPath(new URL('../../dashboards/', import.meta.url))

const datasource = z.object({ type: z.string(), uid: z.string() })
const link = z.object({ title: z.string(), url: z.string().optional() })
const target = z.object({ refId: z.string(), expr: z.string(), datasource, instant: z.boolean().optional() })
const fieldConfig = z.object({
  defaults: z.object({ unit: z.string().optional() }),
  overrides: z.array(z.object({ properties: z.array(z.object({ id: z.string(), value: z.unknown() })) })),
})
const panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  datasource: datasource.optional(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  targets: z.array(target).default([]),
  links: z.array(link).default([]),
  fieldConfig: fieldConfig.optional(),
})
const variable = z.object({
  name: z.string(),
  label: z.string().optional(),
  type: z.string(),
  query: z.string(),
  datasource: datasource.optional(),
  multi: z.boolean().optional(),
  allValue: z.string().optional(),
  refresh: z.number().optional(),
})
const dashboardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.number(),
  editable: z.boolean(),
  panels: z.array(panel),
  links: z.array(link),
  templating: z.object({ list: z.array(variable) }),
  annotations: z.object({ list: z.array(z.object({ name: z.string(), expr: z.string() })) }),
})

/** What we rely on in a dashboard's JSON. */
export type CommittedDashboard = z.infer<typeof dashboardSchema>
export type CommittedPanel = CommittedDashboard['panels'][number]

/** The dashboards as Grafana reads them, by the name of their file. */
export const committedDashboards = (): ReadonlyMap<string, CommittedDashboard> =>
  new Map(
    readdirSync(folder).map((file) => [
      file,
      dashboardSchema.parse(JSON.parse(readFileSync(`${folder}${file}`, 'utf8'))),
    ]),
  )

/** A query that a dashboard sends, and where it stands. */
export interface CommittedQuery {
  /** Dashboard and panel, variable or annotation. */
  readonly where: string
  readonly expr: string
  /** Asked for one moment, not for a range of time. */
  readonly instant: boolean
}

const expressionOf = (query: string): string => /^label_values\((.+), \w+\)$/.exec(query)?.[1] ?? query

/** Every expression of panels, variables and annotations. */
export const queriesOf = ({ title, panels, templating, annotations }: CommittedDashboard): CommittedQuery[] => [
  ...panels.flatMap((one) =>
    one.targets.map(({ expr, instant = false }) => ({ where: `${title}: ${one.title}`, expr, instant })),
  ),
  ...templating.list
    .filter(({ type }) => type === 'query')
    .map(({ name, query }) => ({ where: `${title}: variable ${name}`, expr: expressionOf(query), instant: true })),
  ...annotations.list.map(({ name, expr }) => ({ where: `${title}: annotation ${name}`, expr, instant: false })),
]
