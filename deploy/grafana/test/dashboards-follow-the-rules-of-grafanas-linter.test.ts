import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as units from '@grafana/grafana-foundation-sdk/units'
import { type CommittedDashboard, committedDashboards } from '../src/index.ts'
import { parsePromql } from './promql.ts'

// The rules of https://github.com/grafana/dashboard-linter, by its names, written anew from its documentation: the tool
// itself is no package that a test could install. A finding is "panel: what"; "" stands for the dashboard.

type Dashboard = CommittedDashboard
type Panel = Dashboard['panels'][number]
type Target = Panel['targets'][number]
type Variable = Dashboard['templating']['list'][number]
type Rule = (dashboard: Dashboard) => string[]

const MEASURED = new Set(['stat', 'graph', 'table', 'timeseries', 'gauge', 'state-timeline'])
const knownUnits = new Set<unknown>(Object.values(units))

const perPanel =
  (find: (panel: Panel) => string | undefined): Rule =>
  ({ panels }) =>
    panels
      .filter(({ type }) => MEASURED.has(type))
      .flatMap((panel) => {
        const what = find(panel)
        return what === undefined ? [] : [`${panel.title}: ${what}`]
      })
const perTarget = (find: (target: Target) => string | undefined): Rule =>
  perPanel(({ targets }) => targets.map(find).find((what) => what !== undefined))
const perQueryVariable =
  (find: (variable: Variable) => string | undefined): Rule =>
  ({ templating }) =>
    templating.list
      .filter(({ type }) => type === 'query')
      .flatMap((variable) => {
        const what = find(variable)
        return what === undefined ? [] : [`: ${variable.name} ${what}`]
      })

const choice =
  (name: string, label: string): Rule =>
  ({ templating }) => {
    const found = templating.list.find((variable) => variable.name === name)
    if (found === undefined) return [`: there is no variable ${name}`]
    const { type, datasource, multi, allValue } = found
    const seen = { type, datasource: datasource?.uid, label: found.label, multi, allValue }
    const wanted = { type: 'query', datasource: '$datasource', label, multi: true, allValue: '.+' }
    return JSON.stringify(seen) === JSON.stringify(wanted) ? [] : [`: ${name} is ${JSON.stringify(seen)}`]
  }
const matcher = (label: string): Rule =>
  perTarget(({ expr }) => {
    const without = parsePromql(expr).selectors.filter(({ matchers }) => !matchers.includes(`${label}=~"$${label}"`))
    return without.length === 0 ? undefined : without.map(({ metric }) => metric).join(', ')
  })
const isRate = (call: string | undefined): boolean => call === 'rate' || call === 'irate'

const rules: Readonly<Record<string, Rule>> = {
  'template-datasource-rule': ({ templating }) =>
    templating.list
      .filter(({ type }) => type === 'datasource')
      .map(({ name, label, query }) => `${name} ${label} ${query}`)
      .join() === 'datasource Data source prometheus'
      ? []
      : [': there must be one variable of data sources'],
  'template-job-rule': choice('job', 'Job'),
  'template-instance-rule': choice('instance', 'Instance'),
  'template-label-promql-rule': perQueryVariable(({ query }) => {
    const [, selector = ''] = /^label_values\((.+), \w+\)$/.exec(query) ?? []
    return parsePromql(selector).valid ? undefined : `asks ${query}`
  }),
  'template-on-time-change-reload-rule': perQueryVariable(({ refresh }) =>
    refresh === 2 ? undefined : `has refresh ${refresh}`,
  ),
  'panel-datasource-rule': perPanel(({ datasource, targets }) => {
    const uids = [datasource, ...targets.map((target) => target.datasource)].map((source) => source?.uid)
    return uids.every((uid) => uid === '$datasource') ? undefined : uids.join()
  }),
  'panel-title-description-rule': perPanel(({ title, description = '' }) =>
    title === '' || description === '' ? 'has no title or no description' : undefined,
  ),
  'panel-units-rule': perPanel(({ fieldConfig }) => {
    const overridden = (fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
      properties.filter(({ id }) => id === 'unit').map(({ value }) => value),
    )
    const unknown = [fieldConfig?.defaults.unit, ...overridden].filter((unit) => !knownUnits.has(unit))
    return unknown.length === 0 ? undefined : `has the units ${unknown.join()}`
  }),
  'panel-no-targets-rule': perPanel(({ targets }) => (targets.length > 0 ? undefined : 'asks nothing')),
  'target-promql-rule': perTarget(({ expr }) => (parsePromql(expr).valid ? undefined : expr)),
  'target-rate-interval-rule': perTarget(({ expr }) => {
    const interval = parsePromql('x[$__rate_interval]').selectors[0]?.range
    return parsePromql(expr).selectors.some(({ call, range }) => isRate(call) && range !== interval) ? expr : undefined
  }),
  'target-job-rule': matcher('job'),
  'target-instance-rule': matcher('instance'),
  'target-counter-agg-rule': perTarget(({ expr }) =>
    parsePromql(expr).selectors.some(
      ({ metric, call, range }) =>
        metric.endsWith('_total') && (range === undefined || (!isRate(call) && call !== 'increase')),
    )
      ? expr
      : undefined,
  ),
  'target-logql-rule': ({ panels }) =>
    panels.flatMap(({ title, targets }) =>
      targets.filter(({ datasource }) => datasource.type !== 'prometheus').map(() => `${title}: asks no Prometheus`),
    ),
  'uneditable-dashboard-rule': ({ editable }) => (editable ? [': can be edited'] : []),
}

/** What a rule may say, and why it may. */
const exclusions = [
  {
    rules: ['target-job-rule', 'target-instance-rule'],
    finding: 'Firing alerts: ALERTS',
    reason: 'Prometheus makes this series itself; alerts on sums have neither label',
  },
]

const dashboards = [...committedDashboards()]

for (const [name, rule] of Object.entries(rules))
  test(`${name}`, () => {
    const excluded = exclusions.filter((exclusion) => exclusion.rules.includes(name)).map(({ finding }) => finding)
    const found = dashboards.flatMap(([file, dashboard]) => rule(dashboard).map((finding) => ({ file, finding })))
    assert.deepEqual(
      found.filter(({ finding }) => !excluded.includes(finding)),
      [],
    )
    for (const finding of excluded)
      assert.ok(
        found.some((one) => one.finding === finding),
        `nothing is excluded: ${finding}`,
      )
  })

const [, overview] = dashboards.find(([file]) => file === 'pokepedia-overview.json') ?? []
const broken = (change: (text: string) => string): Dashboard => JSON.parse(change(JSON.stringify(overview)))
const faults: [string, (text: string) => string][] = [
  ['template-datasource-rule', (text) => text.replace('"name":"datasource"', '"name":"ds"')],
  ['template-job-rule', (text) => text.replace('"label":"Job"', '"label":"job"')],
  ['template-instance-rule', (text) => text.replaceAll('"multi":true', '"multi":false')],
  ['template-label-promql-rule', (text) => text.replace('label_values(pokepedia_queue_depth,', 'label_values(sum(,')],
  ['template-on-time-change-reload-rule', (text) => text.replace('"refresh":2', '"refresh":1')],
  ['panel-datasource-rule', (text) => text.replaceAll('"uid":"$datasource"', '"uid":"x"')],
  ['panel-title-description-rule', (text) => text.replace(/"description":"[^"]+"/g, '"description":""')],
  ['panel-units-rule', (text) => text.replace('"unit":"s"', '"unit":"sec"')],
  ['panel-no-targets-rule', (text) => text.replace(/"targets":\[\{[^\]]*\}\]/g, '"targets":[]')],
  ['target-promql-rule', (text) => text.replace('"expr":"sum (', '"expr":"sum ((')],
  ['target-rate-interval-rule', (text) => text.replace('[$__rate_interval]', '[5m]')],
  ['target-job-rule', (text) => text.replace('up{job=~', 'up{job=')],
  ['target-instance-rule', (text) => text.replace('instance=~', 'instance=')],
  ['target-counter-agg-rule', (text) => text.replace('rate(', 'deriv(')],
  ['target-logql-rule', (text) => text.replaceAll('"type":"prometheus"', '"type":"loki"')],
  ['uneditable-dashboard-rule', (text) => text.replace('"editable":false', '"editable":true')],
]
test('each rule finds its fault', () => {
  assert.deepEqual(faults.map(([name]) => name).toSorted(), Object.keys(rules).toSorted())
  for (const [name, change] of faults) {
    const known = exclusions.map(({ finding }) => finding)
    const found = rules[name]?.(broken(change)).filter((finding) => !known.includes(finding))
    assert.notDeepEqual(found, [], name)
  }
})
