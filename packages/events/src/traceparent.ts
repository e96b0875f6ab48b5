import { randomBytes } from 'node:crypto'
import { HEADER, type Headers } from './headers.ts'

const FORMAT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const ZERO = /^0+$/
const SAMPLED = 1

/** A position in a trace, as `traceparent` names it. */
export interface TracePosition {
  /** 32 hex digits. */
  readonly traceId: string
  /** 16 hex digits. */
  readonly spanId: string
  /** The flags byte; 1 is "sampled". */
  readonly flags: number
}

/**
 * Reads a `traceparent` (W3C Trace Context, section 3.2.2); undefined for what the specification calls invalid. Of a
 * version later than 00 the parts that 00 has are taken, and of its flags only "sampled".
 */
export const parseTraceparent = (text: string | undefined): TracePosition | undefined => {
  const [, version, traceId = '', spanId = '', flags = '', more] = FORMAT.exec(text ?? '') ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (ZERO.test(traceId) || ZERO.test(spanId)) return undefined
  const bits = Number.parseInt(flags, 16)
  return { traceId, spanId, flags: version === '00' ? bits : bits & SAMPLED }
}

/** The position as a `traceparent` of version 00. */
export const formatTraceparent = ({ traceId, spanId, flags }: TracePosition): string =>
  `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`

/** The beginning of a new trace, sampled; ids from the system's random source. */
export const newTraceparent = (): string =>
  formatTraceparent({
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    flags: SAMPLED,
  })

/** The record's creation context; null for a record without one, as a person feeds it, and for a malformed one. */
export const traceparentOf = (headers: Headers): string | null => {
  const position = parseTraceparent(headers[HEADER.traceparent])
  return position ? formatTraceparent(position) : null
}
