import { attemptOf, type Headers } from '@pokepedia/events'
import type { IHeaders, KafkaMessage } from 'kafkajs'
import type { Delivery } from '../types.ts'

/** A record as the broker has it; its bytes are never re-encoded. */
export interface SourceRecord {
  readonly delivery: Delivery
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** Epoch milliseconds as decimal text. */
  readonly timestamp: string
}

const headerText = (value: IHeaders[string]): string => {
  const last = Array.isArray(value) ? value.at(-1) : value
  return last === undefined ? '' : last.toString('utf8')
}

/** A record of kafkajs; of a header that stands there several times the last counts. */
export const recordOf = (topic: string, partition: number, message: KafkaMessage): SourceRecord => {
  const headers: Headers = Object.fromEntries(
    Object.entries(message.headers ?? {}).map(([name, value]) => [name, headerText(value)]),
  )
  const delivery = {
    topic,
    partition,
    offset: message.offset,
    key: message.key?.toString('utf8') ?? null,
    headers,
    attempt: attemptOf(headers),
  }
  return { delivery, key: message.key, value: message.value, timestamp: message.timestamp }
}
