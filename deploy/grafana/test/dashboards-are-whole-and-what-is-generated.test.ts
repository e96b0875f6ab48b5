import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { dashboardFiles } from '../src/generated.ts'
import { committedDashboards, queriesOf } from '../src/index.ts'
import { parsePromql } from './promql.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8')
const dashboards = [...committedDashboards()]

test('the committed files are what `npm run dashboards` writes', () => {
  assert.deepEqual(readdirSync(`${root}deploy/grafana/dashboards`).toSorted(), Object.keys(dashboardFiles).toSorted())
  for (const [file, text] of Object.entries(dashboardFiles))
    assert.equal(read(`deploy/grafana/dashboards/${file}`), text, `run npm run dashboards: ${file} is old`)
})

test('each dashboard has the schema we know, a uid of its own and the name of its file', () => {
  for (const [file, { uid, schemaVersion }] of dashboards) assert.deepEqual([file, schemaVersion], [`${uid}.json`, 42])
  assert.equal(new Set(dashboards.map(([, { uid }]) => uid)).size, dashboards.length)
  assert.equal(new Set(dashboards.map(([, { title }]) => title)).size, dashboards.length)
})

for (const [file, { panels, uid }] of dashboards)
  test(`${file}: panels have ids of their own, lie side by side and leave no hole`, () => {
    assert.ok(panels.length > 3)
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
    const taken = new Map<string, string>()
    for (const { title, gridPos } of panels)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          assert.ok(x < 24, `${title} stands out`)
          assert.equal(taken.get(`${x}/${y}`), undefined, `${title} lies over another`)
          taken.set(`${x}/${y}`, title)
        }
    const height = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h))
    if (uid !== 'pokepedia-runbooks') assert.equal(taken.size, 24 * height)
  })

test('every link leads to a dashboard, to a panel of it or to the status page', () => {
  const known = new Map(dashboards.map(([, { uid, panels }]) => [uid, new Set(panels.map(({ id }) => String(id)))]))
  const links = dashboards.flatMap(([, { links: above, panels }]) => [
    ...above,
    ...panels.flatMap((panel) => panel.links),
  ])
  assert.ok(links.length > 60, `${links.length}`)
  for (const { title, url = '' } of links) {
    if (url === '$status_page') continue
    const { pathname, searchParams } = new URL(url, 'http://grafana/')
    const panels = known.get(pathname.replace('/d/', ''))
    assert.ok(panels, `${title} leads to ${url}`)
    const panel = searchParams.get('viewPanel')
    assert.ok(panel === null || panels.has(panel), `${title} leads to ${url}`)
  }
})

test('every runbook is on the dashboard of runbooks, with its text', () => {
  const text = dashboardFiles['pokepedia-runbooks.json'] ?? ''
  for (const file of readdirSync(`${root}docs/runbooks`)) {
    assert.ok(text.includes(`"title": "${file.replace('.md', '')}"`), file)
    const [, , meaning = ''] = read(`docs/runbooks/${file}`).split('\n')
    assert.ok(text.includes(JSON.stringify(meaning).slice(1, -1)), file)
  }
})

test('every metric that a dashboard names is listed in docs/metrics.md, or is a default of its source', () => {
  const listed = read('docs/metrics.md')
  const metrics = new Set(
    dashboards.flatMap(([, dashboard]) =>
      queriesOf(dashboard).flatMap(({ expr }) => parsePromql(expr).selectors.map(({ metric }) => metric)),
    ),
  )
  assert.ok(metrics.size > 40, [...metrics].join())
  for (const metric of metrics) {
    if (/^(up|ALERTS|process_\w+|nodejs_\w+)$/.test(metric)) continue
    const name = metric.replace(/_(bucket|count|sum)$/, '')
    const short = name.replace(/^pokepedia_collector_/, '…_')
    assert.ok(listed.includes(`\`${name}\``) || listed.includes(`\`${short}\``), metric)
  }
})

test('Grafana is given the files, cannot save over them, and asks at the interval of the scrapes', () => {
  const provider = read('deploy/grafana/provisioning/dashboards/pokepedia.yml')
  assert.match(provider, /allowUiUpdates: false/)
  const source = read('deploy/grafana/provisioning/datasources/prometheus.yml')
  assert.match(source, /uid: pokepedia-prometheus/)
  const [, interval] = /scrape_interval: (\w+)/.exec(read('deploy/prometheus/prometheus.yml')) ?? []
  assert.match(source, new RegExp(`timeInterval: ${interval}`))
})
