import { errors } from '@pokepedia/errors'
import { isRunId, type RunId } from './ids.ts'

/** Kafka headers as text; a header that comes twice keeps its last value. */
export type Headers = Readonly<Record<string, string>>

export const HEADER = {
  runId: 'x-run-id',
  traceparent: 'traceparent',
  originalTopic: 'x-original-topic',
  originalPartition: 'x-original-partition',
  originalOffset: 'x-original-offset',
  originalTimestamp: 'x-original-timestamp',
  attempt: 'x-attempt',
  notBefore: 'x-not-before',
  firstFailedAt: 'x-first-failed-at',
  lastFailedAt: 'x-last-failed-at',
  errorCode: 'x-error-code',
  errorStage: 'x-error-stage',
  errorMessage: 'x-error-message',
  errorFingerprint: 'x-error-fingerprint',
  httpStatus: 'x-http-status',
  deadReason: 'x-dead-reason',
  redriveId: 'x-redrive-id',
  redriveCount: 'x-redrive-count',
} as const

/** The steps of handling an event, in their order. */
export const STAGES = ['decode', 'fetch', 'parse', 'store', 'emit'] as const
/** Where in the handling an event failed. */
export type ErrorStage = (typeof STAGES)[number]
export type DeadReason = 'attempts_exhausted' | 'permanent' | 'undecodable'

const wholeNumber = (text: string | undefined, max: number): number | undefined => {
  if (text === undefined || !/^[0-9]{1,15}$/.test(text)) return undefined
  const value = Number(text)
  return value <= max ? value : undefined
}

/** The attempt this delivery is, from 1. A header that is no number counts as absent, so that it can't block the event. */
export const attemptOf = (headers: Headers): number => Math.max(1, wholeNumber(headers[HEADER.attempt], 1_000) ?? 1)

/** When the event is due, epoch ms; undefined when at once. */
export const notBeforeOf = (headers: Headers): number | undefined =>
  wholeNumber(headers[HEADER.notBefore], Number.MAX_SAFE_INTEGER)

/** When the event's first record was written, epoch ms; undefined where the record is that one. */
export const originalTimestampOf = (headers: Headers): number | undefined =>
  wholeNumber(headers[HEADER.originalTimestamp], Number.MAX_SAFE_INTEGER)

/** When the event failed last, epoch ms; undefined for none, and for what lies beyond the year 9999. */
export const lastFailedAtOf = (headers: Headers): number | undefined =>
  wholeNumber(headers[HEADER.lastFailedAt], 253_402_300_799_999)

/** The status that the upstream answered with, where that was the failure. */
export const httpStatusOf = (headers: Headers): number | undefined => wholeNumber(headers[HEADER.httpStatus], 999)

/** The run that the header names; undefined for an event fed by hand. */
export const runIdOf = (headers: Headers): RunId | undefined => {
  const text = headers[HEADER.runId]
  return text !== undefined && isRunId(text) ? text : undefined
}

/** Fails when a record would carry a header the broker can't hold. */
export const assertHeaderSize = (headers: Headers, limitBytes = 64 * 1024): void => {
  const bytes = Object.entries(headers).reduce((sum, [key, value]) => sum + key.length + Buffer.byteLength(value), 0)
  if (bytes > limitBytes) throw errors('undecodable', `the headers take ${bytes} bytes, over ${limitBytes}`)
}

/** Where a record stands or stood; offset and timestamp (epoch ms) as decimal text, for Kafka's are 64 bits wide. */
export interface RecordPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly timestamp: string
}

/** Kafka's own limit for the name of a topic. */
const LONGEST_TOPIC = 249

/** Where the event stood when it first failed; undefined when the headers do not say. */
export const originOf = (headers: Headers): RecordPlace | undefined => {
  const partition = wholeNumber(headers[HEADER.originalPartition], 2 ** 31 - 1)
  const {
    [HEADER.originalTopic]: topic,
    [HEADER.originalOffset]: offset,
    [HEADER.originalTimestamp]: timestamp,
  } = headers
  if (!topic || topic.length > LONGEST_TOPIC || partition === undefined) return undefined
  if (wholeNumber(offset, Number.MAX_SAFE_INTEGER) === undefined) return undefined
  if (wholeNumber(timestamp, Number.MAX_SAFE_INTEGER) === undefined) return undefined
  return { topic, partition, offset: String(offset), timestamp: String(timestamp) }
}

/** How often the event was redriven. */
export const redriveCountOf = (headers: Headers): number => wholeNumber(headers[HEADER.redriveCount], 1_000) ?? 0

/** A letter as a redrive knows it: an event of this origin, redriven for the count-th time. */
export interface Redriven {
  readonly redriveId: string
  readonly origin: RecordPlace
  /** From 1. */
  readonly count: number
}

/** Which redrive sent the record; undefined for one that none sent. */
export const redrivenOf = (headers: Headers): Redriven | undefined => {
  const redriveId = headers[HEADER.redriveId]
  const origin = originOf(headers)
  if (redriveId === undefined || !isRunId(redriveId) || !origin) return undefined
  return { redriveId, origin, count: redriveCountOf(headers) }
}
