import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { datasource } from './datasource.ts'
import { max, select } from './expressions.ts'
import { linksFrom } from './links.ts'
import { type Place, places } from './places.ts'

/** Where the status page is unless STATUS_PAGE says otherwise: as docker-compose.yml publishes it. */
const statusPage = process.env['STATUS_PAGE'] ?? 'http://localhost:8080/'

/** Panels that answer one question. */
export interface Row {
  readonly title: string
  readonly panels: readonly Builder<Panel>[]
}
export const row = (title: string, ...panels: readonly Builder<Panel>[]): Row => ({ title, panels })

interface BoardOptions {
  /** What it is for, in a sentence. */
  readonly description: string
  readonly rows: readonly Row[]
  /** The time that it shows at first. */
  readonly from?: string
}

const all = { selected: true, text: 'All', value: '$__all' }

const queryVariable = (name: string, label: string, query: string) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+')
    .current(all)

const variables = () => [
  new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
  queryVariable('job', 'Job', 'label_values(pokepedia_build_info, job)'),
  queryVariable('instance', 'Instance', 'label_values(pokepedia_build_info{job=~"$job"}, instance)'),
  queryVariable('queue', 'Queue', 'label_values(pokepedia_queue_depth, queue)'),
  new TextBoxVariableBuilder('status_page').defaultValue(statusPage).hide(VariableHide.HideVariable),
]

const annotation = (name: string, colour: string, expression: string, title: string) => {
  const made = new AnnotationQueryBuilder().name(name).datasource(datasource).enable(true).iconColor(colour)
  // As with links: the builder's default place is a menu.
  const { placement: _, ...query } = made.expr(expression).titleFormat(title).useValueForTime(true).build()
  return { build: () => query }
}

const annotations = () => [
  annotation('Starts', 'blue', `${select('process_start_time_seconds')} * 1000`, '{{job}} started at {{instance}}'),
  annotation(
    'Runs',
    'green',
    `${max('', select('pokepedia_run_last_started_timestamp_seconds'))} * 1000`,
    'A run started',
  ),
]

/** A dashboard of rows; panels fill each row from left to right and get ids unless they have one. */
export const board = (place: Place, { description, rows, from = 'now-1h' }: BoardOptions): Dashboard => {
  const { uid, title } = places[place]
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['pokepedia'])
    .readonly()
    .timezone('browser')
    .refresh('30s')
    .time({ from, to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .variables(variables())
    .annotations(annotations())
    .links(linksFrom(place))
  let id = 0
  const nextId = (): number => {
    id += 1
    return id
  }
  for (const { title: question, panels } of rows) {
    builder.withRow(new RowBuilder(question).id(nextId()))
    for (const panel of panels) builder.withPanel({ build: () => ({ id: nextId(), ...panel.build() }) })
  }
  return builder.build()
}
