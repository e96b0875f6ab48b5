import type { KafkaConfig } from './kafka.ts'

export const KAFKA_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const

/** The settings of the environment that say how the brokers are reached: `settings.kafka`. */
export interface KafkaSettings {
  readonly KAFKA_BROKERS: readonly string[]
  readonly KAFKA_TLS: boolean
  readonly KAFKA_SASL_MECHANISM: 'none' | (typeof KAFKA_MECHANISMS)[number]
  readonly KAFKA_USERNAME: string
  readonly KAFKA_PASSWORD: string
}

/** How a process reaches the brokers, by its settings. */
export const kafkaConfigOf = (settings: KafkaSettings, clientId: string): KafkaConfig => {
  const { KAFKA_BROKERS: brokers, KAFKA_TLS: tls, KAFKA_SASL_MECHANISM: mechanism } = settings
  const { KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = settings
  return { brokers, clientId, tls, ...(mechanism === 'none' ? {} : { sasl: { mechanism, username, password } }) }
}
