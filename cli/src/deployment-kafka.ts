import { type KafkaClient, openKafka } from '@pokepedia/pipeline'
import { createLog } from '@pokepedia/service'
import type { StackJson } from './stack-json.ts'

/** The brokers of a deployment; nothing is connected yet. */
export const kafkaOf = ({ kafka, kafkaSecurity }: Pick<StackJson, 'kafka' | 'kafkaSecurity'>): KafkaClient => {
  const { tls = false, sasl } = kafkaSecurity ?? {}
  const config = { brokers: kafka.split(','), clientId: 'cli', tls, ...(sasl ? { sasl } : {}) }
  return openKafka(config, createLog('cli', 'silent'))
}
