import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { z } from 'zod'
import { configFaults, envExample, loadConfig, settings } from '../src/index.ts'
import { knownSettings } from '../src/settings/known-settings.ts'
import { run } from './support.ts'

const everything = z.object({
  ...settings.kafka,
  ...settings.registry,
  ...settings.postgres,
  ...settings.objectStore,
  ...settings.upstream,
  ...settings.media,
  ...settings.consumer,
  ...settings.retry,
  ...settings.http,
  ...settings.api,
  ...settings.log,
})
const needed = {
  KAFKA_BROKERS: 'a:9092, b:9093',
  SCHEMA_REGISTRY_URL: 'http://registry:8081/apis/ccompat/v7',
  DATABASE_URL: 'postgres://user:password@db:5432/pokepedia',
  S3_ENDPOINT: 'http://s3:9000',
  S3_ACCESS_KEY: 'access',
  S3_SECRET_KEY: 'secret/key+',
  API_TOKEN: 'a-token-of-20-letters',
}

test('what is required and the defaults make a whole configuration, frozen', () => {
  const config = loadConfig(everything, needed)
  assert.deepEqual(config, {
    ...needed,
    KAFKA_BROKERS: ['a:9092', 'b:9093'],
    KAFKA_TLS: false,
    KAFKA_SASL_MECHANISM: 'none',
    KAFKA_USERNAME: '',
    KAFKA_PASSWORD: '',
    DATABASE_POOL_SIZE: 10,
    S3_BUCKET: 'sprites',
    S3_REGION: 'us-east-1',
    UPSTREAM_URL: 'https://pokeapi.co/api/v2/',
    UPSTREAM_CONNECT_TIMEOUT_MS: 5_000,
    UPSTREAM_HEADERS_TIMEOUT_MS: 10_000,
    UPSTREAM_BODY_TIMEOUT_MS: 30_000,
    UPSTREAM_CONNECTIONS: 16,
    HOST_BUDGETS: [
      { host: 'pokeapi.co', requestsPerSecond: 20, inFlight: 8 },
      { host: 'raw.githubusercontent.com', requestsPerSecond: 10, inFlight: 4 },
      { host: '*', requestsPerSecond: 10, inFlight: 4 },
    ],
    USER_AGENT: 'pokepedia-stream/0.1.0 (contact: unset)',
    MAX_JSON_BYTES: 33_554_432,
    PRIVATE_HOSTS: [],
    MEDIA_HOSTS: ['raw.githubusercontent.com'],
    MEDIA_KINDS: ['sprites'],
    MEDIA_FRESH_FOR_DAYS: 30,
    MAX_MEDIA_BYTES: 16_777_216,
    CONSUMER_CONCURRENCY: 64,
    CONSUMER_MAX_BYTES: 67_108_864,
    HANDLER_DEADLINE_MS: 60_000,
    RETRY_TIERS: '5s,30s,5m',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: 8_080,
    CHANGES_PER_MINUTE: 1_200,
    LOG_LEVEL: 'info',
  })
  assert.ok(Object.isFrozen(config))
})

test('a mechanism of Kafka wants a user and a password, and nothing else will do for it', () => {
  const kafka = z.object(settings.kafka)
  const faults = (env: Record<string, string>): string[] => configFaults(kafka, { KAFKA_BROKERS: 'a:9092', ...env })
  assert.deepEqual(faults({ KAFKA_SASL_MECHANISM: 'scram-sha-512' }), [
    'KAFKA_USERNAME: is required with KAFKA_SASL_MECHANISM=scram-sha-512',
    'KAFKA_PASSWORD: is required with KAFKA_SASL_MECHANISM=scram-sha-512',
  ])
  assert.deepEqual(faults({ KAFKA_SASL_MECHANISM: 'plain', KAFKA_USERNAME: 'u', KAFKA_PASSWORD: 'p' }), [])
  assert.match(faults({ KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' }).join(), /KAFKA_SASL_MECHANISM: .*scram-sha-512/)
  const told = faults({ KAFKA_SASL_MECHANISM: 'plain', KAFKA_USERNAME: 'u', KAFKA_PASSWORD: 'two words' }).join()
  assert.match(told, /KAFKA_PASSWORD: must be visible ASCII/)
  assert.ok(!told.includes('two words'))
})

test('values are brought into shape', () => {
  const config = loadConfig(everything, {
    ...needed,
    UPSTREAM_URL: 'http://127.0.0.1:8000/api/v2',
    MEDIA_KINDS: 'sprites, cries',
    HTTP_PORT: ' 0 ',
    LOG_LEVEL: '',
  })
  assert.equal(config.UPSTREAM_URL, 'http://127.0.0.1:8000/api/v2/')
  assert.deepEqual(config.MEDIA_KINDS, ['sprites', 'cries'])
  assert.equal(config.HTTP_PORT, 0)
  assert.equal(config.LOG_LEVEL, 'info')
})

test('every fault is printed at once by the variable’s name, no secret is, and the process exits with 2', async () => {
  const program = `
    import { z } from ${JSON.stringify(import.meta.resolve('zod'))}
    const { kafka, postgres, api, http } = service.settings
    service.loadConfig(z.object({ ...kafka, ...postgres, ...api, ...http }))
    console.log('went on')`
  const ended = await run(program, {
    DATABASE_URL: 'mysql://root:hunter2@db/x',
    API_TOKEN: 'abc',
    HTTP_PORT: 'abc',
    HTTP_HOTS: '0.0.0.0',
    DATABASE_POOL_SIZE: '0',
  })
  assert.equal(ended.code, 2)
  assert.equal(ended.stdout, '')
  assert.deepEqual(ended.stderr.trim().split('\n'), [
    'KAFKA_BROKERS: is required: Kafka brokers to start from, host:port, separated by commas.',
    'DATABASE_URL: must be a URL that begins with postgres:// or postgresql://, is something else (not shown)',
    "DATABASE_POOL_SIZE: must be 1..1000, is '0'",
    'API_TOKEN: must be 16..512 visible ASCII characters without spaces, is something else (not shown)',
    "HTTP_PORT: must be 0..65535, is 'abc'",
    'HTTP_HOTS: is no setting; did you mean HTTP_HOST?',
  ])
})

const wrong: [keyof typeof everything.shape, string][] = [
  ['KAFKA_BROKERS', 'localhost'],
  ['KAFKA_BROKERS', 'localhost:9092;b:9092'],
  ['KAFKA_BROKERS', ','],
  ['SCHEMA_REGISTRY_URL', 'registry:8081'],
  ['DATABASE_URL', 'postgres'],
  ['S3_BUCKET', 'Sprites'],
  ['S3_SECRET_KEY', 'two\nlines'],
  ['UPSTREAM_URL', 'pokeapi.co/api/v2'],
  ['UPSTREAM_URL', 'https://pokeapi.co/api/v2/?limit=1'],
  ['UPSTREAM_URL', 'https://user:pw@pokeapi.co/api/v2/'],
  ['USER_AGENT', 'a\r\nb: c'],
  ['MAX_JSON_BYTES', '32MB'],
  ['MAX_JSON_BYTES', '-1'],
  ['MAX_JSON_BYTES', '1e9'],
  ['HTTP_PORT', '65536'],
  ['HTTP_PORT', '80.5'],
  ['MEDIA_HOSTS', 'https://raw.githubusercontent.com'],
  ['MEDIA_KINDS', 'sprites,videos'],
  ['RETRY_TIERS', '5m,5s'],
  ['RETRY_TIERS', '5s,5000ms'],
  ['RETRY_TIERS', '5 seconds'],
  ['RETRY_TIERS', '5s,'],
  ['API_TOKEN', 'abc'],
  ['LOG_LEVEL', 'loud'],
]
for (const [name, value] of wrong) {
  test(`${name}=${JSON.stringify(value)} is one fault that names the variable`, () => {
    const faults = configFaults(everything, { ...needed, [name]: value })
    assert.equal(faults.length, 1, faults.join('\n'))
    assert.ok(faults[0]?.startsWith(`${name}: must be `), faults[0])
    assert.ok(!faults[0]?.includes('user:pw'), faults[0])
  })
}

for (const name of Object.keys(needed)) {
  test(`${name} is required, and empty is absent`, () => {
    for (const value of [undefined, '', '  ']) {
      const faults = configFaults(everything, { ...needed, [name]: value })
      assert.equal(faults.length, 1)
      assert.ok(faults[0]?.startsWith(`${name}: is required: `), faults[0])
    }
  })
}

const all = z.object(Object.assign({}, ...Object.values(settings)))
const faultsOfAll = (name: string, value: string): string[] => configFaults(all, { ...needed, [name]: value })

/** A path may have any character. */
const paths = ['RESOURCE_SETTINGS_FILE', 'SCHEDULES_FILE']

for (const { name } of knownSettings)
  test(`${name}: what is malformed is one fault under its name, and so is a slip of the pen`, () => {
    for (const malformed of paths.includes(name) ? ['x'.repeat(2_000)] : ['\u0001', '?'.repeat(2_000)]) {
      const faults = faultsOfAll(name, malformed)
      assert.equal(faults.length, 1, faults.join('\n'))
      assert.ok(faults[0]?.startsWith(`${name}: must be `), faults[0])
      assert.ok((faults[0]?.length ?? 0) < 500, faults[0])
    }
    assert.deepEqual(faultsOfAll(`${name}S`, 'x'), [`${name}S: is no setting; did you mean ${name}?`])
  })

test('slips of the pen are told; other programs’ variables are none of our business', () => {
  const typed = (name: string): string[] => configFaults(everything, { ...needed, [name]: 'x' })
  assert.deepEqual(typed('KAKFA_BROKERS'), ['KAKFA_BROKERS: is no setting; did you mean KAFKA_BROKERS?'])
  assert.deepEqual(typed('UPSTREM_URL'), ['UPSTREM_URL: is no setting; did you mean UPSTREAM_URL?'])
  assert.deepEqual(typed('LOG_LEVLE'), ['LOG_LEVLE: is no setting; did you mean LOG_LEVEL?'])
  for (const name of [
    'PATH',
    'HOME',
    'HTTP_PROXY',
    'HTTPS_PORT',
    'HTTPS_PROXY',
    'PORT',
    'KAFKA_HEAP_OPTS',
    'S3_REGION',
  ])
    assert.deepEqual(name === 'S3_REGION' ? [] : typed(name), [], name)
})

test('.env.example lists every setting as the code has it', () => {
  const file = readFileSync(new URL('../../../../.env.example', import.meta.url), 'utf8')
  assert.equal(file, envExample(), 'run `npm run env-example`')
})
