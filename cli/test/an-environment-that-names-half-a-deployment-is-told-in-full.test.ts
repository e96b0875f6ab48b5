import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const main = fileURLToPath(new URL('../src/main.js', import.meta.url))

const pokepedia = (args: readonly string[], env: NodeJS.ProcessEnv) =>
  new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    const options = { env: { PATH: process.env['PATH'], ...env } }
    execFile(process.execPath, [main, ...args, '--directory', '/nowhere'], options, (error, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })

const PASSWORD = 'a-secret-of-this-test'

test('a verb names what is absent and what is malformed, by variable, and no secret', async () => {
  const env = { KAFKA_BROKERS: '127.0.0.1', DATABASE_URL: `mysql://u:${PASSWORD}@127.0.0.1/x` }
  const { status, stderr } = await pokepedia(['runs'], env)
  assert.equal(status, 2)
  for (const name of [
    'KAFKA_BROKERS: must be',
    'DATABASE_URL: must be',
    'S3_ENDPOINT: is required',
    'API_TOKEN: is req',
  ])
    assert.ok(stderr.includes(name), stderr)
  assert.ok(!stderr.includes(PASSWORD), stderr)
})

const checksSchema = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ area: z.string(), name: z.string(), ok: z.boolean(), todo: z.string().optional() })),
})

test('the doctor ends in time whatever does not answer, and says what to do about each', async () => {
  // 192.0.2.0/24 is for documentation (RFC 5737): packets to it get no answer, or an error at once.
  const dark = '192.0.2.1'
  const env = {
    KAFKA_BROKERS: `${dark}:9092`,
    SCHEMA_REGISTRY_URL: `http://${dark}:8081`,
    DATABASE_URL: `postgres://u:${PASSWORD}@${dark}/x`,
    S3_ENDPOINT: `http://${dark}:9000`,
    S3_ACCESS_KEY: 'key',
    S3_SECRET_KEY: PASSWORD,
    UPSTREAM_URL: `http://${dark}/api/v2/`,
    SEEDER_URL: `http://${dark}/`,
    INGESTOR_URL: `http://${dark}/`,
    SPRITE_FETCHER_URL: `http://${dark}/`,
    METRICS_URL: `http://${dark}/`,
  }
  const { status, stdout, stderr } = await pokepedia(['doctor', '--json'], env)
  assert.equal(status, 1, stderr)
  assert.ok(!`${stdout}${stderr}`.includes(PASSWORD), stdout)
  const { ok, checks } = checksSchema.parse(JSON.parse(stdout))
  assert.equal(ok, false)
  const failed = checks.filter((check) => !check.ok)
  for (const { area, name, todo } of failed) assert.ok(todo, `${area} ${name} says nothing to do`)
  const areas = new Set(failed.map(({ area }) => area))
  for (const area of ['settings', 'Kafka', 'schema registry', 'Postgres', 'object store', 'services', 'upstream'])
    assert.ok(areas.has(area), `${area} is not told of: ${stdout}`)
})

test('where nothing runs the doctor says so, and how to start', async () => {
  const { status, stdout } = await pokepedia(['doctor'], {})
  assert.equal(status, 1)
  assert.match(stdout, /✔ Node /)
  assert.match(stdout, /✘ \/nowhere\/stack\.json: is not there: nothing runs\n +→ start a local one with `npm start`/)
})
