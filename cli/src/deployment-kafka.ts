import { type KafkaClient, openKafka } from '@pokepedia/pipeline'
import { createLog } from '@pokepedia/service'
import type { StackJson } from './stack-json.ts'

/** The brokers of a deployment; nothing is connected yet. */
export const kafkaOf = ({ kafka }: Pick<StackJson, 'kafka'>): KafkaClient =>
  openKafka({ brokers: kafka.split(','), clientId: 'cli' }, createLog('cli', 'silent'))
