import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SERVICE_NAMES } from '@pokepedia/cli'
import { freePort } from '@pokepedia/stack'
import { z } from 'zod'
import { deploy, seedAndWait, setFaults, until } from './support.ts'

const folder = fileURLToPath(new URL('../../../../deploy/prometheus/', import.meta.url))
const missing =
  spawnSync('prometheus', ['--version']).status === 0
    ? undefined
    : 'Prometheus is not installed; it is in the Debian package prometheus'

const answer = z.object({ data: z.object({ result: z.array(z.unknown()) }) })
const targets = z.object({ data: z.object({ activeTargets: z.array(z.object({ health: z.string() })) }) })
const rules = z.object({
  data: z.object({
    groups: z.array(
      z.object({ rules: z.array(z.object({ name: z.string(), query: z.string(), health: z.string() })) }),
    ),
  }),
})

/** Prometheus with our configuration, which scrapes the deployment's services each second instead of compose's. */
const startPrometheus = async (services: Readonly<Record<string, { readonly url: string }>>): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'pokepedia-prometheus-'))
  await cp(folder, directory, { recursive: true })
  let config = await readFile(join(folder, 'prometheus.yml'), 'utf8')
  for (const [name, { url }] of Object.entries(services)) config = config.replace(`${name}:8080`, new URL(url).host)
  assert.doesNotMatch(config, /:8080/, 'a target that no service has')
  await writeFile(join(directory, 'prometheus.yml'), config.replaceAll('_interval: 15s', '_interval: 1s'))
  const port = await freePort()
  const files = [`--config.file=${join(directory, 'prometheus.yml')}`, `--storage.tsdb.path=${join(directory, 'data')}`]
  const child = spawn('prometheus', [...files, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' })
  after(async () => {
    child.kill('SIGKILL')
    await rm(directory, { recursive: true, force: true })
  })
  return `http://127.0.0.1:${port}/api/v1/`
}

test('every rule is evaluated, and every metric that it names has data after a run', { skip: missing }, async () => {
  const deployment = await deploy({ upstream: { kind: 'sample', pokemon: 10 }, settings: { RETRY_TIERS: '200ms' } })
  const { services } = deployment.stack
  const api = await startPrometheus(Object.fromEntries(SERVICE_NAMES.map((name) => [name, services[name]])))
  await setFaults(deployment, [{ match: '/pokemon/1/$', kind: 'wrong_type' }])
  await seedAndWait(deployment, { types: ['pokemon'] })

  const get = async (path: string): Promise<unknown> => (await fetch(new URL(path, api))).json()
  const seen = await until(
    'four targets to be scraped',
    async () => {
      try {
        return targets.parse(await get('targets')).data.activeTargets.map(({ health }) => health)
      } catch {
        return []
      }
    },
    (health) => health.length === SERVICE_NAMES.length && health.every((one) => one === 'up'),
  )
  assert.equal(seen.length, SERVICE_NAMES.length)

  const evaluated = await until(
    'every rule to be evaluated',
    async () => rules.parse(await get('rules')).data.groups.flatMap((group) => group.rules),
    (all) => all.length >= 18 && all.every(({ health }) => health === 'ok'),
  )
  const expressions = evaluated.map(({ query }) => query).join('\n')
  const named = expressions.match(/(?<![\w:])(?:up|(?:pokepedia|kafka|nodejs)_\w+)(?=[{[\s)])/g) ?? []
  const without = async (): Promise<string[]> => {
    const metrics = [...new Set(named)]
    const counts = await Promise.all(
      metrics.map(async (metric) => answer.parse(await get(`query?query=${encodeURIComponent(metric)}`)).data.result),
    )
    return metrics.filter((_, nth) => counts[nth]?.length === 0)
  }
  assert.ok(new Set(named).size >= 15, [...new Set(named)].join(', '))
  await until('data of every metric', without, (metrics) => metrics.length === 0, 30_000)
})
