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

/** Where in the handling an event failed. */
export type ErrorStage = 'decode' | 'fetch' | 'parse' | 'store' | 'emit'
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
