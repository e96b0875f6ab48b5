import { classify, errors, messageOf } from '@pokepedia/errors'
import { type ResourceChanged, resourceChangedSchema } from './resource-changed.ts'
import type { ResourceRequested } from './resource-requested.ts'
import { resourceRequestedFromJson, resourceRequestedFromText, resourceRequestedSchema } from './resource-requested.ts'
import type { AvroReader } from './schemas.ts'
import { type SpriteRequested, spriteRequestedFromJson } from './sprite-requested.ts'

/** Turns a record's value into an event; throws `undecodable`, `path_invalid`, `host_refused` or `registry_unavailable`. */
export type Decode<Event> = (value: Buffer | null) => Promise<Event>

interface Shape<Event> {
  readonly fromAvro: (value: unknown) => Event
  readonly fromJson: (value: unknown) => Event
  readonly fromText: (text: string) => Event
}

const AVRO_MAGIC_BYTE = 0
/** Nothing that a person types is longer; an Avro event is far below it. */
const MAX_EVENT_BYTES = 128 * 1024

const decoder =
  <Event>(avro: AvroReader, shape: Shape<Event>): Decode<Event> =>
  async (value) => {
    if (value === null || value.length === 0) throw errors('undecodable', 'the record has no value')
    if (value.length > MAX_EVENT_BYTES)
      throw errors('undecodable', `the value has ${value.length} bytes, over ${MAX_EVENT_BYTES}`)
    try {
      if (value[0] === AVRO_MAGIC_BYTE) return shape.fromAvro(await avro.read(value))
      const text = new TextDecoder('utf-8', { fatal: true }).decode(value).trim()
      return text.startsWith('{') ? shape.fromJson(JSON.parse(text)) : shape.fromText(text)
    } catch (error) {
      const known = classify(error)
      if (known.code !== 'internal') throw known
      throw errors('undecodable', `neither an Avro event, JSON, a URL nor a path: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }

/** Decodes `pokepedia.ingest`; `apiRoot` (ending with a slash) completes what a person left out. */
export const decodeResourceRequested = (avro: AvroReader, apiRoot: string): Decode<ResourceRequested> =>
  decoder(avro, {
    fromAvro: (value) => resourceRequestedSchema.parse(value),
    fromJson: (value) => resourceRequestedFromJson(value, apiRoot),
    fromText: (text) => resourceRequestedFromText(text, apiRoot),
  })

/** Decodes `pokepedia.changes`, which only our own ingestors write; throws `undecodable` or `registry_unavailable`. */
export const decodeResourceChanged =
  (avro: AvroReader): Decode<ResourceChanged> =>
  async (value) => {
    if (value === null) throw errors('undecodable', 'the record has no value')
    const read = resourceChangedSchema.safeParse(await avro.read(value))
    if (read.success) return read.data
    throw errors('undecodable', `no change of a resource: ${messageOf(read.error)}`, { cause: read.error })
  }

/** Decodes `pokepedia.sprites`. */
export const decodeSpriteRequested = (avro: AvroReader): Decode<SpriteRequested> =>
  decoder(avro, {
    fromAvro: spriteRequestedFromJson,
    fromJson: spriteRequestedFromJson,
    fromText: (url) => spriteRequestedFromJson({ url }),
  })
