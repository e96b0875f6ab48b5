import { kafkaConfigOf } from '@pokepedia/pipeline/kafka-config'
import { configFaults, givenSettings, settings } from '@pokepedia/service'
import { z } from 'zod'
import { usageError } from './failure.ts'
import type { StackJson } from './stack-json.ts'

const { SCHEMA_REGISTRY_URL } = settings.registry
const { DATABASE_URL } = settings.postgres
const { UPSTREAM_URL } = settings.upstream
const { API_TOKEN } = settings.api

/** What names a deployment in the environment; the services read the same variables. */
export const addressesConfig = z.object({
  ...settings.kafka,
  ...{ SCHEMA_REGISTRY_URL, DATABASE_URL, UPSTREAM_URL, API_TOKEN },
  ...settings.objectStore,
  ...settings.seeder,
  ...settings.services,
})
type AddressesConfig = z.infer<typeof addressesConfig>

const ANY_OF = ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'DATABASE_URL', 'S3_ENDPOINT'] as const

/** Whether the environment means a deployment at all. */
export const environmentNamesOne = (env: NodeJS.ProcessEnv): boolean => ANY_OF.some((name) => env[name]?.trim())

/** A service's process is known on its own machine alone. */
const NO_PID = -1

const withoutSlash = (url: string): string => url.replace(/\/$/, '')

export const stackOf = (config: AddressesConfig): StackJson => {
  const service = (url: string) => ({ url: withoutSlash(url), pid: NO_PID })
  const { tls = false, sasl } = kafkaConfigOf(config, 'cli')
  return {
    kafka: config.KAFKA_BROKERS.join(','),
    kafkaSecurity: { tls, ...(sasl ? { sasl } : {}) },
    schemaRegistry: withoutSlash(config.SCHEMA_REGISTRY_URL),
    postgres: config.DATABASE_URL,
    s3: {
      endpoint: config.S3_ENDPOINT,
      accessKey: config.S3_ACCESS_KEY,
      secretKey: config.S3_SECRET_KEY,
      bucket: config.S3_BUCKET,
      region: config.S3_REGION,
    },
    upstream: config.UPSTREAM_URL,
    token: config.API_TOKEN,
    services: {
      seeder: service(config.SEEDER_URL),
      ingestor: service(config.INGESTOR_URL),
      'sprite-fetcher': service(config.SPRITE_FETCHER_URL),
      metrics: service(config.METRICS_URL),
    },
  }
}

/** Stands for a setting that is absent; nobody asks it. */
const UNSET: Readonly<Record<string, string>> = {
  KAFKA_BROKERS: 'unset:1',
  SCHEMA_REGISTRY_URL: 'http://unset/',
  DATABASE_URL: 'postgres://unset/',
  S3_ENDPOINT: 'http://unset/',
  S3_ACCESS_KEY: 'unset',
  S3_SECRET_KEY: 'unset',
  API_TOKEN: 'unset-unset-unset',
}

/** The deployment as far as the environment names it, and what is absent or malformed: a line by variable. */
export const environmentAsFarAsKnown = (env: NodeJS.ProcessEnv): { stack: StackJson; faults: Map<string, string> } => {
  const faults = new Map(
    configFaults(addressesConfig, env).map((fault) => [fault.slice(0, fault.indexOf(':')), fault] as const),
  )
  const sound = Object.entries(givenSettings(addressesConfig, env)).filter(([name]) => !faults.has(name))
  return { stack: stackOf(addressesConfig.parse({ ...UNSET, ...Object.fromEntries(sound) })), faults }
}

/** The deployment that the environment names; a usage error that lists what is absent or malformed. */
export const environmentStack = (env: NodeJS.ProcessEnv): StackJson => {
  const faults = configFaults(addressesConfig, env)
  if (faults.length > 0) throw usageError(`the environment names no whole deployment: ${faults.join('; ')}`)
  return stackOf(addressesConfig.parse(givenSettings(addressesConfig, env)))
}
