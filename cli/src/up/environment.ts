import type { StackJson } from '../stack-json.ts'

type Addresses = Omit<StackJson, 'services'>

/** Media of the real PokeAPI lie on GitHub; a sample's lie on the sample. */
const GITHUB = 'raw.githubusercontent.com'

/**
 * What a service of the local deployment finds in its environment. The person's own environment is passed on, so
 * that `CONSUMER_CONCURRENCY=64 npm start` works; the addresses are ours whatever it says.
 */
export const serviceEnvironment = (addresses: Addresses, port: number): NodeJS.ProcessEnv => ({
  // Else each of Node's threads has an arena of glibc's malloc of its own, and what it freed; see docs/decisions/031.
  MALLOC_ARENA_MAX: '2',
  ...process.env,
  KAFKA_BROKERS: addresses.kafka,
  SCHEMA_REGISTRY_URL: addresses.schemaRegistry,
  DATABASE_URL: addresses.postgres,
  S3_ENDPOINT: addresses.s3.endpoint,
  S3_ACCESS_KEY: addresses.s3.accessKey,
  S3_SECRET_KEY: addresses.s3.secretKey,
  S3_BUCKET: addresses.s3.bucket,
  UPSTREAM_URL: addresses.upstream,
  MEDIA_HOSTS: process.env['MEDIA_HOSTS'] ?? `${GITHUB},${new URL(addresses.upstream).host}`,
  HTTP_HOST: '127.0.0.1',
  HTTP_PORT: String(port),
  API_TOKEN: addresses.token,
})
