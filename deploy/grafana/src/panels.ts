import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type DashboardLink,
  type DynamicConfigValue,
  MappingType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import * as stats from '@grafana/grafana-foundation-sdk/stat'
import * as timelines from '@grafana/grafana-foundation-sdk/statetimeline'
import * as tables from '@grafana/grafana-foundation-sdk/table'
import * as texts from '@grafana/grafana-foundation-sdk/text'
import * as graphs from '@grafana/grafana-foundation-sdk/timeseries'
import { datasource } from './datasource.ts'
import { linkTo } from './links.ts'
import { pathOfRunbook } from './runbooks.ts'

/** What every panel has. */
interface PanelOptions {
  readonly title: string
  /** What the number is, and what to think of it. */
  readonly description: string
  /** Of the 24 columns. */
  readonly width: number
  readonly height?: number
  /** The alert whose page belongs to it. */
  readonly runbook?: string
}

interface MeasuredOptions extends PanelOptions {
  /** One of @grafana/grafana-foundation-sdk/units. */
  readonly unit: string
}

/** A line of a graph: an expression, and how its series are called. */
export interface Line {
  readonly expr: string
  readonly legend: string
}

/** From these values on it is a warning, or bad; a value may be left out. */
interface Limits {
  readonly warn?: number
  readonly bad?: number
}

interface AnyPanelBuilder extends Builder<Panel> {
  title(title: string): this
  description(description: string): this
  datasource(ref: typeof datasource): this
  span(width: number): this
  height(height: number): this
  links(links: Builder<DashboardLink>[]): this
}

const dress = <Kind extends AnyPanelBuilder>(panel: Kind, options: PanelOptions): Kind => {
  const { title, description, width, height = 8, runbook } = options
  panel.title(title).description(description).datasource(datasource).span(width).height(height)
  return runbook === undefined ? panel : panel.links([linkTo(`Runbook ${runbook}`, pathOfRunbook(runbook))])
}

const refIdOf = (nth: number): string => String.fromCharCode('A'.charCodeAt(0) + nth)
const query = ({ expr, legend }: Line, nth: number): DataqueryBuilder =>
  new DataqueryBuilder().refId(refIdOf(nth)).datasource(datasource).expr(expr).legendFormat(legend).range()
const tableQuery = (expr: string, nth: number): DataqueryBuilder =>
  new DataqueryBuilder().refId(refIdOf(nth)).datasource(datasource).expr(expr).format(PromQueryFormat.Table).instant()

const thresholds = ({ warn, bad }: Limits): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: null, color: 'green' },
      ...(warn === undefined ? [] : [{ value: warn, color: 'orange' }]),
      ...(bad === undefined ? [] : [{ value: bad, color: 'red' }]),
    ])

const fixedColour = (color: string): DynamicConfigValue[] => [
  { id: 'color', value: { mode: 'fixed', fixedColor: color } },
]
/** Words that mean the same on every graph get the same colour on every graph. */
const COLOURS: Readonly<Record<string, string>> = {
  stored: 'green',
  unchanged: 'blue',
  gone: 'purple',
  superseded: 'light-blue',
  discarded: 'light-purple',
  retried: 'orange',
  dead: 'red',
  in_flight: 'yellow',
  ready: 'green',
  delayed: 'yellow',
  blocked: 'red',
}

interface GraphOptions extends MeasuredOptions {
  readonly lines: readonly Line[]
  readonly limits?: Limits
  /** Parts of a whole, on top of each other, in the colours of their words. */
  readonly stacked?: boolean
  /** It may be below 0. */
  readonly signed?: boolean
}

/** Lines over time. */
export const graph = ({
  unit,
  lines,
  limits,
  stacked = false,
  signed = false,
  ...options
}: GraphOptions): Builder<Panel> => {
  const panel = dress(new graphs.PanelBuilder(), options)
    .unit(unit)
    .fillOpacity(stacked ? 40 : 5)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .targets(lines.map(query))
  if (!signed) panel.min(0)
  if (stacked) {
    panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal))
    for (const [word, colour] of Object.entries(COLOURS)) panel.overrideByName(word, fixedColour(colour))
  }
  if (limits === undefined) return panel
  return panel
    .thresholds(thresholds(limits))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
}

interface NumberOptions extends MeasuredOptions {
  readonly expr: string
  /** How its series are called, where there are several. */
  readonly legend?: string
  readonly limits?: Limits
  /** What it says without data. */
  readonly none?: string
}

/** A number that is red when somebody must look. */
export const number = ({ unit, expr, legend = '', limits, none, ...options }: NumberOptions): Builder<Panel> => {
  const panel = dress(new stats.PanelBuilder(), { height: 4, ...options })
    .unit(unit)
    .targets([query({ expr, legend }, 0)])
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .graphMode(BigValueGraphMode.Area)
    .colorMode(limits === undefined ? BigValueColorMode.None : BigValueColorMode.Background)
  if (none !== undefined) panel.noValue(none)
  return limits === undefined ? panel : panel.thresholds(thresholds(limits))
}

interface TimelineOptions extends PanelOptions {
  readonly lines: readonly Line[]
  /** What each value is called, and its colour. */
  readonly states: Readonly<Record<number, { readonly text: string; readonly color: string }>>
}

/** A band for each series, in the colour of its state. */
export const timeline = ({ lines, states, ...options }: TimelineOptions): Builder<Panel> =>
  dress(new timelines.PanelBuilder(), options)
    .unit('none')
    .mappings([{ type: MappingType.ValueToText, options: { ...states } }])
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(false)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    )
    .targets(lines.map(query))

/** A column of a table: the expression's value for each row. */
export interface Column {
  readonly name: string
  readonly expr: string
  readonly unit: string
  readonly limits?: Limits
}

interface TableOptions extends PanelOptions {
  /** The label that names a row. */
  readonly key: string
  readonly keyName: string
  readonly columns: readonly [Column, ...Column[]]
}

const columnOverride = ({ unit, limits }: Column): DynamicConfigValue[] => [
  { id: 'unit', value: unit },
  ...(limits === undefined
    ? []
    : [
        { id: 'thresholds', value: thresholds(limits).build() },
        { id: 'custom.cellOptions', value: { type: 'color-text' } },
      ]),
]

/** One row for each value of a label, one column for each expression. */
export const table = ({ key, keyName, columns, ...options }: TableOptions): Builder<Panel> => {
  const valueField = (nth: number): string => `Value #${refIdOf(nth)}`
  const renamed = Object.fromEntries(columns.map(({ name }, nth) => [valueField(nth), name]))
  const panel = dress(new tables.PanelBuilder(), options)
    .unit(columns[0].unit)
    .targets(columns.map(({ expr }, nth) => tableQuery(expr, nth)))
    .withTransformation({ id: 'joinByField', options: { byField: key, mode: 'outer' } })
    .withTransformation({ id: 'filterFieldsByName', options: { include: { names: [key, ...Object.keys(renamed)] } } })
    .withTransformation({ id: 'organize', options: { renameByName: { [key]: keyName, ...renamed } } })
  for (const column of columns) panel.overrideByName(column.name, columnOverride(column))
  return panel
}

interface ListOptions extends MeasuredOptions {
  readonly expr: string
  /** The labels that are shown, in this order; then the value. */
  readonly labels: readonly string[]
  readonly valueName: string
  readonly none: string
}

/** One row for each series, with its labels. */
export const list = ({ unit, expr, labels, valueName, none, ...options }: ListOptions): Builder<Panel> =>
  dress(new tables.PanelBuilder(), options)
    .unit(unit)
    .noValue(none)
    .targets([tableQuery(expr, 0)])
    .withTransformation({ id: 'filterFieldsByName', options: { include: { names: [...labels, 'Value'] } } })
    .withTransformation({
      id: 'organize',
      options: {
        indexByName: Object.fromEntries([...labels, 'Value'].map((name, nth) => [name, nth])),
        renameByName: { Value: valueName },
      },
    })

/** A page of text. */
export const text = (options: PanelOptions & { readonly id: number; readonly markdown: string }): Builder<Panel> =>
  dress(new texts.PanelBuilder(), options).id(options.id).mode(texts.TextMode.Markdown).content(options.markdown)
