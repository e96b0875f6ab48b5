import { messageOf } from '@pokepedia/errors'
import {
  changesTopic,
  type Decode,
  decodeResourceChanged,
  decodeResourceRequested,
  decodeSpriteRequested,
  ingestQueue,
  queues,
  spritesQueue,
} from '@pokepedia/events'
import { openSchemas } from '@pokepedia/events/schemas'
import type { SourceRecord } from '@pokepedia/pipeline'
import type { StackJson } from './stack-json.ts'

/** A record for a person or a script to read. */
export interface ShownRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly timestamp: string
  readonly key: string | null
  readonly headers: Readonly<Record<string, string>>
  /** The decoded event; null where it can't be decoded. */
  readonly event: unknown
  /** Why it can't be decoded; then `base64` has the bytes, null for a record without a value. */
  readonly error?: string
  readonly base64?: string | null
}

const timeOf = (timestamp: string): string => {
  const at = new Date(Number(timestamp))
  return Number.isNaN(at.getTime()) ? timestamp : at.toISOString()
}

/** Decodes records of a topic and of its retry and dead-letter topics; undefined for a topic that is none of ours. */
export const recordShower = (
  stack: StackJson,
  topic: string,
): ((record: SourceRecord) => Promise<ShownRecord>) | undefined => {
  const queue = [...queues, changesTopic].find(({ name }) => topic === name || topic.startsWith(`${name}.`))
  if (!queue) return undefined
  const reader = openSchemas(stack.schemaRegistry).reader(queue)
  const decoders: Record<string, Decode<unknown>> = {
    [ingestQueue.name]: decodeResourceRequested(reader, stack.upstream),
    [spritesQueue.name]: decodeSpriteRequested(reader),
    [changesTopic.name]: decodeResourceChanged(reader),
  }
  const decode = decoders[queue.name]
  if (!decode) return undefined
  return async ({ delivery, value, timestamp }) => {
    const { partition, offset, key, headers } = delivery
    const place = { topic, partition, offset, timestamp: timeOf(timestamp), key, headers }
    try {
      return { ...place, event: await decode(value) }
    } catch (error) {
      return { ...place, event: null, error: messageOf(error), base64: value?.toString('base64') ?? null }
    }
  }
}

/** One line: when, where, key, event or why there is none, headers. */
export const recordLine = ({ timestamp, partition, offset, key, event, error, headers }: ShownRecord): string => {
  const said = error === undefined ? JSON.stringify(event) : `undecodable: ${error}`
  const heads = Object.entries(headers).map(([name, value]) => `${name}=${value}`)
  return [timestamp, `${partition}:${offset}`, key ?? '-', said, ...heads].join('  ').replace(/[\r\n]+/g, ' ')
}
