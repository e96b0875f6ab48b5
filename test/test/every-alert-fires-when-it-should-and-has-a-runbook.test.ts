import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8')
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found)

const missing =
  spawnSync('promtool', ['--version']).status === 0
    ? undefined
    : "promtool is not installed; it comes with Debian's prometheus"
const promtool = (...args: readonly string[]): void => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', cwd: `${root}deploy/prometheus` })
  assert.equal(status, 0, `${stdout}${stderr}`)
}

const alerts = read('deploy/prometheus/alerts.yml')
const cases = read('deploy/prometheus/tests/alerts_test.yml')
const names = all(alerts, /^ +- alert: (\w+)$/gm)

test('Prometheus takes the configuration and the rules', { skip: missing }, () => {
  promtool('check', 'config', 'prometheus.yml')
  promtool('check', 'rules', '--lint=all', 'alerts.yml', 'recording-rules.yml')
})

test('each alert fires in its case and stays silent in the other', { skip: missing }, () => {
  promtool('test', 'rules', 'tests/alerts_test.yml')
})

test('each alert has both cases, a severity and a page, and no page is of an alert that is gone', () => {
  assert.ok(names.length >= 15, names.join(', '))
  for (const name of names) {
    const short = name.replace('Pokepedia', '')
    assert.match(cases, new RegExp(`name: '${short} fires'`))
    assert.match(cases, new RegExp(`name: '${short} stays silent: `))
    assert.match(alerts, new RegExp(`runbook_url: docs/runbooks/${name}[.]md`))
  }
  assert.equal(all(alerts, /severity: (critical|warning|info) /g).length, names.length)
  assert.deepEqual(readdirSync(`${root}docs/runbooks`).toSorted(), names.map((name) => `${name}.md`).toSorted())
})

test('each metric that a rule names is listed in docs/metrics.md', () => {
  const listed = read('docs/metrics.md')
  const rules = `${alerts}${read('deploy/prometheus/recording-rules.yml')}`
  const expressions = all(rules, /^ +expr: (.*)$/gm).join('\n')
  const metrics = new Set(all(expressions, /(?<![:\w])((?:pokepedia|kafka)_\w+?)(?:_bucket|_count)?(?![:\w])/g))
  assert.ok(metrics.size > 10, [...metrics].join(', '))
  for (const metric of metrics) assert.match(listed, new RegExp(`\`${metric}\``))
})
