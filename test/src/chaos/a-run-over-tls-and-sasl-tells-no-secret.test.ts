import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { StackJson } from '@pokepedia/cli'
import { parseRetryTiers, topicCatalogue } from '@pokepedia/events'
import { openAdmin, openKafka } from '@pokepedia/pipeline'
import { createLog } from '@pokepedia/service'
import { freePort } from '@pokepedia/stack'
import { z } from 'zod'
import { grantAsKubernetesDoes } from '../access-rules.ts'
import { makeCertificate } from '../certificate.ts'
import { type Command, pokepediaWith, spawned } from '../e2e/command.ts'
import { deploy, seedAndWait, setFaults, sql, until } from '../e2e/support.ts'

const directory = await mkdtemp(join(tmpdir(), 'pokepedia-tls-'))
after(() => rm(directory, { recursive: true, force: true }))
const certificate = await makeCertificate(directory, 'pokepedia')

const username = 'pokepedia'
const password = randomBytes(18).toString('hex')
const passwordFile = join(directory, 'kafka-password')
await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
const ports = { kafkaPort: await freePort(), registryPort: await freePort(), s3Port: await freePort() }
const { kafkaPort } = ports

const MECHANISMS = {
  seeder: 'plain',
  ingestor: 'scram-sha-256',
  'sprite-fetcher': 'scram-sha-512',
  metrics: 'scram-sha-512',
} as const

/** What a deployed system's services find in their environment. */
const secureSettings = (
  service: keyof typeof MECHANISMS,
  { postgres, schemaRegistry }: Pick<StackJson, 'postgres' | 'schemaRegistry'>,
): Record<string, string> => ({
  KAFKA_BROKERS: `127.0.0.1:${kafkaPort}`,
  KAFKA_TLS: 'true',
  KAFKA_SASL_MECHANISM: MECHANISMS[service],
  KAFKA_USERNAME: username,
  KAFKA_PASSWORD_FILE: passwordFile,
  SCHEMA_REGISTRY_URL: `https://127.0.0.1:${ports.registryPort}${new URL(schemaRegistry).pathname}`,
  DATABASE_URL: `${postgres}?sslmode=verify-full`,
  S3_ENDPOINT: `https://127.0.0.1:${ports.s3Port}`,
  NODE_EXTRA_CA_CERTS: certificate.certificate,
  LOG_LEVEL: 'debug',
})

/** Makes the topics, which the user may not, and gives the user what it may. */
const prepare = async ({ kafka }: Pick<StackJson, 'kafka'>): Promise<void> => {
  await using admin = await openAdmin(openKafka({ brokers: [kafka], clientId: 'test' }, createLog('test', 'silent')))
  await admin.ensureTopics(topicCatalogue(parseRetryTiers('5s,30s,5m')))
  await grantAsKubernetesDoes({ kafka }, username)
}
let prepared: Promise<void> | undefined

const deployment = await deploy({
  upstream: { kind: 'sample', pokemon: 3 },
  secured: { ...certificate, ...ports, username, password, restricted: true },
  async settings(service, addresses) {
    prepared ??= prepare(addresses)
    await prepared
    return secureSettings(service, addresses)
  },
})
const { stack, layout } = deployment

test('a run completes over TLS and SASL with the rights of the KafkaUser alone; none speaks to Postgres in the clear', async () => {
  // A retry and a dead letter of each queue.
  await setFaults(deployment, [
    { match: '/pokemon/1/$', kind: 'status', status: 503, times: 1 },
    { match: '/pokemon/2/$', kind: 'status', status: 400 },
    { match: '/media/', kind: 'not_image', probability: 0.2 },
  ])
  const run = await seedAndWait(deployment, { types: ['pokemon', 'type'] })
  assert.equal(run.state, 'completed_with_dead_letters', JSON.stringify(run))
  for (const queue of ['pokepedia.ingest', 'pokepedia.sprites'])
    assert.ok(Number(run.counts[queue]?.['dead']) > 0, JSON.stringify(run))
  const rows = await sql(
    deployment,
    `select count(*) filter (where not s.ssl)::int as clear, count(*)::int as all from pg_stat_activity a
     join pg_stat_ssl s using (pid) where a.application_name like 'pokepedia%'`,
  )
  assert.equal(rows[0]?.['clear'], 0, JSON.stringify(rows))
  assert.ok(Number(rows[0]?.['all']) >= 4, JSON.stringify(rows))
})

/** What no one may tell; what was given in a wrong attempt neither. */
const WRONG = 'not-the-password-of-anyone'
const secrets = [password, stack.token, stack.s3.secretKey, new URL(stack.postgres).password]

const environmentOf = (): Record<string, string> => ({
  SEEDER_URL: stack.services.seeder.url,
  INGESTOR_URL: stack.services.ingestor.url,
  SPRITE_FETCHER_URL: stack.services['sprite-fetcher'].url,
  METRICS_URL: stack.services.metrics.url,
  UPSTREAM_URL: stack.upstream,
  S3_ACCESS_KEY: stack.s3.accessKey,
  S3_SECRET_KEY: stack.s3.secretKey,
  API_TOKEN: stack.token,
  ...secureSettings('seeder', stack),
})

test('the doctor finds all well from the environment alone', async () => {
  await using command = pokepediaWith(environmentOf(), 'doctor', '--directory', directory)
  assert.equal(await command.exited, 0, command.stdout() + command.stderr())
  for (const secret of secrets) assert.ok(!command.stdout().includes(secret), command.stdout())
})

test('the change feed is read with the brokers of the environment', async () => {
  await using command = pokepediaWith(environmentOf(), 'changes', '--limit', '1', '--json', '--directory', directory)
  assert.equal(await command.exited, 0, command.stderr())
  assert.equal(z.object({ gone: z.boolean() }).parse(JSON.parse(command.stdout())).gone, false)
})

test('dead letters are sent again and the run is proved with these rights', async () => {
  await setFaults(deployment, [])
  await using redrive = pokepediaWith(environmentOf(), 'dlq', 'redrive', '--all', '--wait', '--directory', directory)
  assert.equal(await redrive.exited, 0, redrive.stdout() + redrive.stderr())
  const [run] = await sql(deployment, 'select id from pokepedia_runs')
  await using audit = pokepediaWith(environmentOf(), 'audit', String(run?.['id']), '--directory', directory)
  assert.equal(await audit.exited, 0, audit.stdout() + audit.stderr())
})

test('the user makes no topic, and is told why', async () => {
  const environment = { ...environmentOf(), RETRY_TIERS: '7s' }
  await using command = pokepediaWith(environment, 'topics', 'apply', '--directory', directory)
  assert.equal(await command.exited, 1)
  assert.match(
    command.stdout() + command.stderr(),
    /TOPIC_AUTHORIZATION_FAILED\); the rights that the user needs are in .*kafka_config/s,
  )
})

const seederMain = fileURLToPath(new URL('../../../../services/seeder/dist/src/main.js', import.meta.url))

const openapi = z.object({ paths: z.record(z.string(), z.looseObject({ get: z.looseObject({}).optional() })) })

/** What a service answers to a reader who names nothing; the stream of events never ends. */
const readPathsOf = async (url: string): Promise<string[]> => {
  const answer = await fetch(`${url}/openapi.json`)
  if (answer.status === 404) return []
  const { paths } = openapi.parse(await answer.json())
  const plain = Object.entries(paths).filter(([path, { get }]) => get && !path.includes('{') && path !== '/v1/events')
  return ['/openapi.json', ...plain.map(([path]) => path)]
}

const report = z.object({ checks: z.array(z.object({ area: z.string(), ok: z.boolean(), detail: z.string() })) })

/** Ends with what a command or a service said, in which there is no secret. */
const told = async (command: Command): Promise<{ status: number; text: string }> => {
  const status = await command.exited
  const text = command.stdout() + command.stderr()
  for (const secret of [...secrets, WRONG]) assert.ok(!text.includes(secret), text)
  return { status, text }
}

// Each waits for something; together they take as long as the longest.
describe('who is not to be trusted', { concurrency: true }, () => {
  const wrong = join(directory, 'wrong-password')
  const WHAT_TO_DO = /check KAFKA_SASL_MECHANISM, KAFKA_USERNAME and KAFKA_PASSWORD/
  const withWrong = (mechanism: string): Record<string, string> => ({
    ...environmentOf(),
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_PASSWORD_FILE: wrong,
  })
  before(() => writeFile(wrong, WRONG))

  test('a command with a wrong password says what to do', async () => {
    await using command = pokepediaWith(withWrong('plain'), 'topics', 'plan', '--directory', directory)
    const { status, text } = await told(command)
    assert.equal(status, 1, text)
    assert.match(text, WHAT_TO_DO)
    assert.match(text, /kafka_config/)
  })

  for (const mechanism of ['scram-sha-256', 'scram-sha-512'])
    test(`a service with a wrong password for ${mechanism} ends and says what to do`, async () => {
      await using seeder = spawned(seederMain, withWrong(mechanism))
      const { status, text } = await told(seeder)
      assert.equal(status, 1, text)
      assert.match(text, /^seeder: kafka_config: /m)
      assert.match(text, WHAT_TO_DO)
    })

  test('a service does not speak to brokers at a name that their certificate has not, and says what to do', async () => {
    await using seeder = spawned(seederMain, { ...environmentOf(), KAFKA_BROKERS: `localhost:${kafkaPort}` })
    const waits = /waiting for Kafka: .*altnames.*; the certificate has to name the host.*NODE_EXTRA_CA_CERTS/
    await until(
      'the reason',
      async () => seeder.stdout(),
      (text) => waits.test(text),
    )
  })

  test('nobody speaks to a server whose certificate nobody vouches for', async () => {
    const environment = { ...environmentOf(), NODE_EXTRA_CA_CERTS: '' }
    await using command = pokepediaWith(environment, 'doctor', '--json', '--directory', directory)
    const { status, text } = await told(command)
    assert.equal(status, 1, text)
    const { checks } = report.parse(JSON.parse(command.stdout()))
    for (const area of ['Kafka', 'schema registry', 'Postgres', 'object store']) {
      const found = checks.filter((check) => check.area === area)
      assert.ok(found.length > 0 && found.every(({ ok }) => !ok), text)
      // kafkajs tries for longer than the doctor waits.
      if (area !== 'Kafka') for (const { detail } of found) assert.match(detail, /self-signed certificate/)
    }
  })
})

test('no log, metric, answer or page has a secret', async () => {
  const names = await readdir(layout.logs)
  for (const service of Object.keys(MECHANISMS))
    assert.ok(
      names.some((name) => name.startsWith(service)),
      service,
    )
  for (const name of names) {
    const text = await readFile(join(layout.logs, name), 'utf8')
    for (const secret of secrets) assert.ok(!text.includes(secret), `${name} has a secret`)
  }
  for (const { url } of Object.values(stack.services)) {
    const paths = ['/metrics', '/readyz', '/livez', '/', ...(await readPathsOf(url))]
    for (const path of paths) {
      const text = await (await fetch(`${url}${path}`)).text()
      assert.notEqual(text, '', path)
      for (const secret of secrets) assert.ok(!text.includes(secret), `${url}${path} has a secret`)
    }
  }
})
