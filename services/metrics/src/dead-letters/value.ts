import { messageOf } from '@pokepedia/errors'
import type { AvroReader } from '@pokepedia/events'

/** The value of a record, for a person to read. */
export interface ShownValue {
  /** 0 for a record without a value as well. */
  readonly bytes: number
  /** What an Avro or JSON value says; null for anything else. */
  readonly decoded: unknown
  /** The value as text where it is UTF-8 and not Avro; else null. */
  readonly text: string | null
  /** The bytes; null for a record without a value. */
  readonly base64: string | null
  /** Why it could not be decoded. */
  readonly error: string | null
}

const AVRO_MAGIC_BYTE = 0

const utf8Of = (value: Buffer): string | null => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(value)
  } catch {
    return null
  }
}

/** Decodes as far as possible; bytes that are no event, and a registry that is away, are told and not thrown. */
export const shownValue = async (value: Buffer | null, avro: AvroReader): Promise<ShownValue> => {
  const raw = { bytes: value?.length ?? 0, decoded: null, text: null, base64: value?.toString('base64') ?? null }
  if (value === null || value.length === 0) return { ...raw, error: 'the record has no value' }
  try {
    if (value[0] === AVRO_MAGIC_BYTE) return { ...raw, decoded: await avro.read(value), error: null }
    const text = utf8Of(value)
    const isJson = text?.trimStart().startsWith('{') ?? false
    const error = text === null ? 'neither Avro nor UTF-8' : null
    return { ...raw, text, error, decoded: isJson && text !== null ? JSON.parse(text) : null }
  } catch (error) {
    return { ...raw, text: value[0] === AVRO_MAGIC_BYTE ? null : utf8Of(value), error: messageOf(error) }
  }
}
