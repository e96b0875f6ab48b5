import { test } from 'node:test'
import { freePort } from '@pokepedia/stack'
import {
  BOTH,
  type DependencyName as Name,
  type Patient,
  startPatientRun,
  testNothingWasLost,
  testOutage,
  testOutageOfEach,
} from './outages.ts'
import { startToxiproxy, type Toxic, type Toxiproxy, toxiproxyMissing } from './toxiproxy.ts'

// Each dependency behind a TCP proxy that misbehaves: github.com/Shopify/toxiproxy, README, "Toxics".

const NAMES: readonly Name[] = ['postgres', 's3', 'registry', 'kafka', 'upstream']

/** A run whose services reach every dependency through a proxy of toxiproxy. */
const startProxiedRun = async (): Promise<{ patient: Patient; toxiproxy: Toxiproxy }> => {
  const entries = await Promise.all(
    NAMES.map(async (name) => [name, { listen: await freePort(), upstream: await freePort() }] as const),
  )
  const proxies = Object.fromEntries(entries) as Record<Name, { listen: number; upstream: number }>
  const toxiproxy = await startToxiproxy(proxies)
  const through = (url: string, name: Name): string => {
    const proxied = new URL(url)
    proxied.port = String(proxies[name].listen)
    return proxied.href
  }
  const { postgres, s3, registry, kafka, upstream } = proxies
  const patient = await startPatientRun({
    upstreamPorts: { port: upstream.upstream, seenPort: upstream.listen },
    kafkaProxy: kafka.listen,
    ports: { postgres: postgres.upstream, s3: s3.upstream, registry: registry.upstream, kafkaProxied: kafka.upstream },
    settings: (_, addresses) => ({
      KAFKA_BROKERS: `127.0.0.1:${kafka.listen}`,
      SCHEMA_REGISTRY_URL: through(addresses.schemaRegistry, 'registry'),
      DATABASE_URL: through(addresses.postgres, 'postgres'),
      S3_ENDPOINT: through(addresses.s3.endpoint, 's3'),
    }),
  })
  return { patient, toxiproxy }
}

const missing = await toxiproxyMissing()
if (missing !== undefined) test('a sick network', { skip: missing }, () => undefined)
else {
  const { patient, toxiproxy } = await startProxiedRun()
  const sick =
    (toxic: Toxic, ...names: readonly Name[]) =>
    async () => {
      const heal = await Promise.all(names.map((name) => toxiproxy.poison(name, toxic)))
      return async () => void (await Promise.all(heal.map((one) => one())))
    }

  const AWAY_MS = 12_000
  const reset: Toxic = { type: 'reset_peer', attributes: { timeout: 0 } }
  testOutageOfEach(patient, 'resets connections', AWAY_MS, (...names) => sick(reset, ...names))

  const slow: Toxic = { type: 'latency', attributes: { latency: 150, jitter: 100 } }
  const narrow: Toxic = { type: 'bandwidth', attributes: { rate: 100 } }
  const lingering: Toxic = { type: 'slow_close', attributes: { delay: 2_000 } }
  testOutage(
    patient,
    { what: 'everything answers late', stops: [], spares: BOTH, begin: sick(slow, ...NAMES) },
    AWAY_MS,
  )
  testOutage(
    patient,
    { what: '100 kB/s to everything', stops: [], spares: BOTH, begin: sick(narrow, ...NAMES) },
    AWAY_MS,
  )
  testOutage(
    patient,
    { what: 'everything closes late', stops: [], spares: BOTH, begin: sick(lingering, ...NAMES) },
    AWAY_MS,
  )
  testNothingWasLost(patient)
}
