import { errors, messageOf, type PipelineError } from '@pokepedia/errors'
import type { Log } from '@pokepedia/service'
import { Kafka, type LogEntry, logLevel } from 'kafkajs'

export interface KafkaConfig {
  /** `host:port` of one or more brokers. */
  readonly brokers: readonly string[]
  readonly clientId: string
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

// kafkajs computes a timer from a time that has passed and Node warns of it; the delay becomes 1 ms (tulios/kafkajs#1751).
const silenceNegativeTimeoutWarning = (): void => {
  const emit = process.emitWarning
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    const name = typeof warning === 'string' ? rest.find((part) => typeof part === 'string') : warning.name
    if (name !== 'TimeoutNegativeWarning') Reflect.apply(emit, process, [warning, ...rest])
  }
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

let silenced = false

/** Makes the client; nothing is connected yet. */
export const openKafka = (config: KafkaConfig, log: Log): KafkaClient => {
  if (!silenced) silenceNegativeTimeoutWarning()
  silenced = true
  const retry = { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 }
  const common = {
    brokers: [...config.brokers],
    clientId: config.clientId,
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

const typeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'type' in error && typeof error.type === 'string' ? error.type : undefined

/** Why kafkajs failed: `kafka_config` when the broker refuses us for good, else `kafka_unavailable`. */
export const kafkaError = (what: string, cause: unknown): PipelineError => {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const type = typeOf(cause) ?? typeOf(inner)
  return errors(
    type !== undefined && CONFIG_FAULTS.has(type) ? 'kafka_config' : 'kafka_unavailable',
    `${what}: ${messageOf(cause)}${type ? ` (${type})` : ''}`,
    { cause },
  )
}
