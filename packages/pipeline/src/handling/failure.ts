import { createHash } from 'node:crypto'
import { attemptsOf, type ErrorCode, errorMessage, type PipelineError } from '@pokepedia/errors'
import { type DeadReason, type ErrorStage, HEADER, type Headers, type RetryTier } from '@pokepedia/events'
import type { Delivery } from '../types.ts'

/** Where a failed event goes. */
export type FailureRoute =
  | { readonly to: 'retry'; readonly tier: RetryTier; readonly notBefore: number }
  | { readonly to: 'dead'; readonly reason: DeadReason }

/**
 * Chooses the way of an event whose failure is its own. One of class `pause` goes the way of `retry`: its dependency is
 * there, and an event must not block others for ever.
 * Attempts = 1 + number of tiers; `Retry-After` picks the first tier that is not shorter than it, or the last.
 */
export const routeFailure = (
  error: PipelineError,
  attempt: number,
  tiers: readonly RetryTier[],
  nowMs: number,
): FailureRoute => {
  if (error.code === 'undecodable') return { to: 'dead', reason: 'undecodable' }
  if (error.class !== 'retry' && error.class !== 'pause') return { to: 'dead', reason: 'permanent' }
  const limit = Math.min(attemptsOf(error.code) ?? Number.POSITIVE_INFINITY, tiers.length + 1)
  const own = tiers[attempt - 1]
  if (attempt >= limit || own === undefined) return { to: 'dead', reason: 'attempts_exhausted' }
  const wantedMs = Math.max(own.delayMs, error.retryAfterMs ?? 0)
  const tier = tiers.find((candidate) => candidate.delayMs >= wantedMs) ?? tiers.at(-1) ?? own
  return { to: 'retry', tier, notBefore: nowMs + tier.delayMs }
}

const STAGES: readonly (readonly [RegExp, ErrorStage])[] = [
  [/^(undecodable|path_invalid)$/, 'decode'],
  [/^(not_json|json_invalid|image_invalid)$/, 'parse'],
  [/^(pg_|s3_|json_not_storable|object_refused)/, 'store'],
  [/^(kafka_|registry_|schema_)/, 'emit'],
]

/** The step that an error code belongs to; what names no other step is the fetch. */
export const stageOf = (code: ErrorCode): ErrorStage => STAGES.find(([pattern]) => pattern.test(code))?.[1] ?? 'fetch'

/** Equal for failures that differ in numbers and addresses alone, so that an operator sees one group. */
export const fingerprintOf = (error: PipelineError): string => {
  const words = error.message.replace(/https?:\/\/\S+/g, 'URL').replace(/[0-9]+/g, '#')
  return createHash('sha256')
    .update(`${stageOf(error.code)}|${error.code}|${words}`)
    .digest('hex')
    .slice(0, 12)
}

/** The headers of the copy that a failed event leaves on a retry or dead-letter topic. Origin facts are set once. */
export const failureHeaders = (
  { headers, topic, partition, offset, attempt }: Delivery,
  timestamp: string,
  error: PipelineError,
  route: FailureRoute,
  nowMs: number,
): Headers => {
  const now = String(nowMs)
  const { [HEADER.notBefore]: _due, [HEADER.deadReason]: _reason, [HEADER.httpStatus]: _status, ...kept } = headers
  return {
    [HEADER.originalTopic]: topic,
    [HEADER.originalPartition]: String(partition),
    [HEADER.originalOffset]: offset,
    [HEADER.originalTimestamp]: timestamp,
    [HEADER.firstFailedAt]: now,
    ...kept,
    [HEADER.lastFailedAt]: now,
    [HEADER.errorCode]: error.code,
    [HEADER.errorStage]: stageOf(error.code),
    [HEADER.errorMessage]: errorMessage(error.message),
    [HEADER.errorFingerprint]: fingerprintOf(error),
    ...(error.httpStatus === undefined ? {} : { [HEADER.httpStatus]: String(error.httpStatus) }),
    ...(route.to === 'retry'
      ? { [HEADER.attempt]: String(attempt + 1), [HEADER.notBefore]: String(route.notBefore) }
      : { [HEADER.attempt]: String(attempt), [HEADER.deadReason]: route.reason }),
  }
}
