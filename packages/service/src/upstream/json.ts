import { errors, messageOf } from '@pokepedia/errors'

/** A document's text, and what it parses to. Numbers beyond 2^53 are exact in the text alone. */
export interface JsonDocument {
  readonly text: string
  readonly value: Record<string, unknown> | unknown[]
}

const isDocument = (value: unknown): value is JsonDocument['value'] => typeof value === 'object' && value !== null

/** The text of UTF-8 bytes, without a byte order mark. Throws `json_invalid` for other bytes; `from` names their source. */
export const jsonTextOf = (body: Uint8Array, from: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw errors('json_invalid', `${from} has bytes that are no UTF-8`, { cause })
  }
}

const parsed = (text: string, from: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const begins = JSON.stringify(text.trimStart().slice(0, 60))
    if (/^\s*[[{]/.test(text)) throw errors('json_invalid', `${from}: ${messageOf(cause)}`, { cause })
    throw errors('not_json', `${from} has what is no JSON; it begins with ${begins}`, { cause })
  }
}

/**
 * The JSON object or array that a text is. Throws `not_json` for HTML, other text and nothing at all; `json_invalid` for
 * JSON that does not parse, or is a scalar or null. `from` names the text's source.
 */
export const jsonDocumentOf = (text: string, from: string): JsonDocument => {
  const value = parsed(text, from)
  if (!isDocument(value)) throw errors('json_invalid', `${from} is neither an object nor an array`)
  return { text, value }
}

/**
 * The JSON object or array that was answered. A byte order mark is dropped; the content type is believed only when it
 * says HTML, since files are served as text/plain. Throws `not_json` for HTML, other text and nothing at all;
 * `json_invalid` for JSON that does not parse, is no UTF-8, or is a scalar or null.
 */
export const jsonObjectOf = (answer: { body: Uint8Array; contentType: string | null; url: string }): JsonDocument => {
  const { body, contentType, url } = answer
  if (/\bx?html\b/i.test(contentType ?? '')) throw errors('not_json', `${url} answered with ${contentType}`)
  return jsonDocumentOf(jsonTextOf(body, url), url)
}
