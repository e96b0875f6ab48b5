import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from '@pokepedia/stack'
import { z } from 'zod'

const folder = fileURLToPath(new URL('../../../../deploy/prometheus/', import.meta.url))

/** Why tests that need Prometheus are skipped; undefined where it is installed. */
export const missingPrometheus =
  spawnSync('prometheus', ['--version']).status === 0
    ? undefined
    : 'Prometheus is not installed; it is in the Debian package prometheus'

const healthSchema = z.object({ data: z.object({ activeTargets: z.array(z.object({ health: z.string() })) }) })
const rulesSchema = z.object({
  data: z.object({
    groups: z.array(z.object({ rules: z.array(z.object({ query: z.string(), health: z.string() })) })),
  }),
})
const rangeSchema = z.object({
  data: z.object({ result: z.array(z.object({ values: z.array(z.tuple([z.number(), z.string()])) })) }),
})

/** A running Prometheus. */
export interface Prometheus {
  /** The health of each target; empty while it does not answer. */
  targets(): Promise<string[]>
  rules(): Promise<{ query: string; health: string }[]>
  /** Whether an expression had a number, not NaN, at any second since the start; fails if it is no expression. */
  hadData(expression: string): Promise<boolean>
}

/** Starts Prometheus with our configuration; it scrapes these services each second instead of compose's. */
export const startPrometheus = async (
  services: Readonly<Record<string, { readonly url: string }>>,
): Promise<Prometheus> => {
  const directory = await mkdtemp(join(tmpdir(), 'pokepedia-prometheus-'))
  await cp(folder, directory, { recursive: true })
  let config = await readFile(join(folder, 'prometheus.yml'), 'utf8')
  for (const [name, { url }] of Object.entries(services))
    config = config.replace(
      new RegExp(`dns_sd_configs: .*\\[${name}\\].*`),
      `static_configs: [{ targets: ['${new URL(url).host}'] }]`,
    )
  assert.doesNotMatch(config, /dns_sd_configs/, 'a target that no service has')
  await writeFile(join(directory, 'prometheus.yml'), config.replaceAll('_interval: 15s', '_interval: 1s'))
  const port = await freePort()
  const files = [`--config.file=${join(directory, 'prometheus.yml')}`, `--storage.tsdb.path=${join(directory, 'data')}`]
  const child = spawn('prometheus', [...files, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' })
  after(async () => {
    child.kill('SIGKILL')
    await rm(directory, { recursive: true, force: true })
  })
  const get = async (path: string): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/api/v1/${path}`)).json()
  const startedAt = Date.now() / 1_000
  return {
    async targets() {
      const answer = await get('targets').catch(() => undefined)
      return healthSchema.safeParse(answer).data?.data.activeTargets.map(({ health }) => health) ?? []
    },
    rules: async () => rulesSchema.parse(await get('rules')).data.groups.flatMap((group) => group.rules),
    async hadData(expression) {
      const range = { query: expression, start: String(startedAt), end: String(Date.now() / 1_000), step: '1' }
      const answer = await get(`query_range?${new URLSearchParams(range)}`)
      const { success, data } = rangeSchema.safeParse(answer)
      assert.ok(success, `${expression}: ${JSON.stringify(answer)}`)
      return data.data.result.some(({ values }) => values.some(([, value]) => value !== 'NaN'))
    },
  }
}
