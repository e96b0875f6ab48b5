import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { SERVICE_NAMES } from '@pokepedia/cli'
import { committedDashboards, queriesOf } from '@pokepedia/grafana'
import { pokepedia } from '../e2e/command.ts'
import { deploy, post, setFaults, sql, until } from '../e2e/support.ts'
import { listedFamilies, scrapedFamilies } from './metric-families.ts'
import { missingPrometheus, type Prometheus, startPrometheus } from './prometheus.ts'

const skip = missingPrometheus
const setUp = async () => {
  const made = await deploy({
    upstream: { kind: 'sample', pokemon: 10 },
    settings: (_, { upstream }) => ({ RETRY_TIERS: '200ms', HOST_BUDGETS: `${new URL(upstream).host}=200/s:16` }),
  })
  const services = Object.fromEntries(SERVICE_NAMES.map((name) => [name, made.stack.services[name]]))
  return { deployment: made, prometheus: await startPrometheus(services) }
}
const running = skip === undefined ? await setUp() : undefined

const command = async (...args: readonly string[]): Promise<string> => {
  await using started = pokepedia(...args, '--directory', running?.deployment.layout.directory ?? '')
  assert.equal(await started.exited, 0, `${args.join(' ')}: ${started.stderr()}`)
  return started.stdout()
}

/** What a person would want to see: a pause, a run with retries, a 429 and a dead letter, its redrive, a scheduled run. */
const live = async ({ deployment, prometheus }: NonNullable<typeof running>): Promise<void> => {
  const seen = (expression: string) =>
    until(
      expression,
      () => prometheus.hadData(expression),
      (had) => had,
      30_000,
    )
  await until(
    'four targets to be scraped',
    prometheus.targets,
    (health) => health.length === SERVICE_NAMES.length && health.every((one) => one === 'up'),
  )
  await setFaults(deployment, [
    { match: '/pokemon/1/$', kind: 'wrong_type' },
    { match: '/pokemon/2/$', kind: 'status', status: 503, times: 1 },
    { match: '/pokemon/3/$', kind: 'status', status: 429, retryAfterSeconds: 1, times: 1 },
  ])
  await command('pause', 'ingestor', '--reason', 'a test')
  // An ingestor hears of a pause a moment later; what is seeded before may all be taken.
  await seen('pokepedia_paused_partitions{reason="operator"} > 0')
  const seeded = await post(deployment, JSON.stringify({ types: ['pokemon'] }))
  assert.equal(seeded.status, 202)
  await seen('pokepedia_queue_depth{state="ready"} >= 10')
  await command('resume', 'ingestor')
  await until(
    'the end of the first run',
    () => sql(deployment, 'select state from pokepedia_runs'),
    ([run]) => run?.['state'] === 'completed_with_dead_letters',
  )
  await seen('pokepedia_dead_letters_open > 0')
  await setFaults(deployment, [])
  assert.match(await command('dlq', 'redrive', '--all', '--wait'), /1 sent, 1 stored/)
  await command('schedules', 'set', 'nightly', '--cron', '0 3 * * *', '--types', 'pokemon')
  await command('schedules', 'run', 'nightly')
  await until(
    'the end of the second run',
    () => sql(deployment, 'select state from pokepedia_runs order by id desc'),
    ([run, ...before]) => before.length === 1 && run?.['state'] === 'completed',
  )
}

/** A slope over steps of 30 s has two of them a minute after the first scrape, however fast the rest was. */
const DATA_WITHIN_MS = 75_000

/** Waits until each had data; fails with those that had none. */
const allHadData = async (prometheus: Prometheus, queries: readonly { where: string; expr: string }[]) => {
  let open = [...queries]
  const look = async () => {
    const had = await Promise.all(open.map(({ expr }) => prometheus.hadData(expr)))
    open = open.filter((_, nth) => !had[nth])
    return open
  }
  await until('data of every expression', look, (without) => without.length === 0, DATA_WITHIN_MS)
}

const filledIn = (expression: string): string =>
  expression
    .replaceAll('$__rate_interval', '5s')
    .replaceAll('$__range', '5m')
    .replace(/\$(job|instance|queue)\b/g, '.+')

test('every rule is evaluated, and every metric that it names has data', { skip }, async () => {
  assert.ok(running)
  await live(running)
  const evaluated = await until(
    'every rule to be evaluated',
    running.prometheus.rules,
    (all) => all.length >= 18 && all.every(({ health }) => health === 'ok'),
  )
  const expressions = evaluated.map(({ query }) => query).join('\n')
  const named = new Set(expressions.match(/(?<![\w:])(?:up|(?:pokepedia|kafka|nodejs)_\w+)(?=[{[\s)])/g))
  assert.ok(named.size >= 15, [...named].join(', '))
  await allHadData(
    running.prometheus,
    [...named].map((expr) => ({ where: 'a rule', expr })),
  )
})

test('every expression of every panel, variable and annotation had data', { skip }, async () => {
  assert.ok(running)
  const queries = [...committedDashboards().values()].flatMap(queriesOf)
  assert.ok(queries.length > 80, `${queries.length}`)
  await allHadData(
    running.prometheus,
    queries.map(({ where, expr }) => ({ where, expr: filledIn(expr) })),
  )
})

const scrape = async (service: (typeof SERVICE_NAMES)[number]): Promise<string> => {
  assert.ok(running)
  return (await fetch(new URL('/metrics', running.deployment.stack.services[service].url))).text()
}

test('each service has the metrics that docs/metrics.md lists for it, of their type, and no others', {
  skip,
}, async () => {
  for (const service of SERVICE_NAMES) {
    const listed = listedFamilies(service)
    const scraped = scrapedFamilies(await scrape(service))
    const kinds = (families: readonly { name: string; type: string }[]) =>
      families.map(({ name, type }) => `${name} ${type}`).toSorted()
    assert.deepEqual(kinds(scraped), kinds(listed), service)
    for (const { name, labels } of scraped.filter((family) => family.labels.length > 0))
      assert.deepEqual(labels, listed.find((family) => family.name === name)?.labels, `the labels of ${name}`)
  }
})

/** What promtool would name otherwise: public names that dashboards know, and prom-client's own. */
const NAMED_SO = [
  'kafka_consumergroup_lag_sum',
  'kafka_consumergroup_current_offset_sum',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

test("promtool finds nothing wrong with any service's metrics", { skip }, async () => {
  for (const service of SERVICE_NAMES) {
    const input = await scrape(service)
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
    const faults = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
    assert.deepEqual(
      faults.filter((line) => !NAMED_SO.some((name) => line.startsWith(`${name} `))),
      [],
      service,
    )
  }
})
