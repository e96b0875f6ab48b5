import { errors, messageOf, type PipelineError } from '@pokepedia/errors'
import type { Log } from '@pokepedia/service'
import { Kafka, type LogEntry, logLevel, type SASLOptions } from 'kafkajs'
import type { KAFKA_MECHANISMS } from './kafka-config.ts'
import './encoder.ts'
import './request-queue.ts'

/** How a client proves who it is. */
export interface Sasl {
  readonly mechanism: (typeof KAFKA_MECHANISMS)[number]
  readonly username: string
  readonly password: string
}

export interface KafkaConfig {
  /** `host:port` of one or more brokers. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** TLS, with the system's authorities and those of NODE_EXTRA_CA_CERTS. */
  readonly tls?: boolean
  readonly sasl?: Sasl
}

/** A way to the brokers that producers, consumers and admins of one process share. */
export interface KafkaClient {
  /** For producers and admins, whose calls fail when the brokers are away for about 10 s. */
  readonly kafka: Kafka
  /**
   * For consumers, which wait for the brokers without end. A consumer that gives up starts again as another member,
   * which waits for its own dead predecessor's session to end and reads again all that could not be committed.
   */
  readonly patientKafka: Kafka
  readonly log: Log
}

const isRetriable = (entry: LogEntry): boolean =>
  /coordinator|rebalanc|Restarting the consumer|Limiting retries for the idempotent|not (?:a|the) leader|Topic creation errors|does not host|disconnected|heartbeat|ECONNREFUSED|Connection/i.test(
    `${entry.log.message} ${String(entry.log['error'] ?? '')}`,
  )

// A young broker answers "coordinator is loading" at first; kafkajs logs that as an error and goes on.
const writeEntry =
  (log: Log) =>
  (entry: LogEntry): void => {
    const { message, timestamp: _time, logger: _logger, ...facts } = entry.log
    const line = { event: 'kafka.client', kafkajs: { namespace: entry.namespace, ...facts } }
    if (isRetriable(entry)) log.debug(line, message)
    else if (entry.level === logLevel.ERROR) log.error(line, message)
    else if (entry.level === logLevel.WARN) log.warn(line, message)
    else log.debug(line, message)
  }

// kafkajs has a type for each mechanism; one object with any of them is none of these.
const saslOf = ({ mechanism, username, password }: Sasl): SASLOptions => {
  if (mechanism === 'plain') return { mechanism, username, password }
  if (mechanism === 'scram-sha-256') return { mechanism, username, password }
  return { mechanism, username, password }
}

/** Makes the client; nothing is connected yet. */
export const openKafka = (config: KafkaConfig, log: Log): KafkaClient => {
  const retry = { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 }
  const common = {
    brokers: [...config.brokers],
    clientId: config.clientId,
    ...(config.tls ? { ssl: true } : {}),
    ...(config.sasl ? { sasl: saslOf(config.sasl) } : {}),
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    logLevel: logLevel.INFO,
    logCreator: () => writeEntry(log),
  }
  const patience = { ...retry, maxRetryTime: 1_000, retries: Number.MAX_SAFE_INTEGER }
  return { kafka: new Kafka({ ...common, retry }), patientKafka: new Kafka({ ...common, retry: patience }), log }
}

const CONFIG_FAULTS = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

/** Wrong password, or a mechanism that the brokers don't have. */
const REFUSED = /^KafkaJSSASL/

/** The user may not what was asked. */
const FORBIDDEN = /_AUTHORIZATION_FAILED$/

/** What the person who reads the message can do, where a setting or a right is the reason. */
const remedyOf = (isRefused: boolean, type: string | undefined, message: string): string => {
  if (isRefused) return '; check KAFKA_SASL_MECHANISM, KAFKA_USERNAME and KAFKA_PASSWORD'
  if (FORBIDDEN.test(type ?? '')) return '; the rights that the user needs are in docs/security.md'
  if (!/certificate|altnames/i.test(message)) return ''
  return '; the certificate has to name the host as KAFKA_BROKERS does, and NODE_EXTRA_CA_CERTS its authority'
}

const typeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'type' in error && typeof error.type === 'string' ? error.type : undefined

/** kafkajs puts the first reason into `cause`, and those of several topics into `errors`. */
const reasonsOf = (error: unknown): unknown[] => {
  if (!(error instanceof Error)) return [error]
  const several = 'errors' in error && Array.isArray(error.errors) ? error.errors : []
  return [error, ...(error.cause instanceof Error ? [error.cause] : []), ...several]
}

/** Why kafkajs failed: `kafka_config` when the broker refuses us for good, else `kafka_unavailable`. */
export const kafkaError = (what: string, cause: unknown): PipelineError => {
  const reasons = reasonsOf(cause)
  const type = reasons.map(typeOf).find((found) => found !== undefined)
  const isRefused = reasons.some((error) => error instanceof Error && REFUSED.test(error.name))
  const message = messageOf(cause)
  return errors(
    isRefused || (type !== undefined && CONFIG_FAULTS.has(type)) ? 'kafka_config' : 'kafka_unavailable',
    `${what}: ${message}${type ? ` (${type})` : ''}${remedyOf(isRefused, type, message)}`,
    { cause },
  )
}
