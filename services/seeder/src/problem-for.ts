import { classify, isPipelineError } from '@pokepedia/errors'
import { problem } from '@pokepedia/service'
import type { Response } from 'express'

const RETRY_AFTER_S = 5

/** What a client is told of an error of seeding; any other error stays as it is. */
export const problemFor = (error: unknown, response: Response): unknown => {
  if (!isPipelineError(error)) return error
  if (error.code === 'type_unknown') return problem(404, error.code, error.message)
  if (error.code === 'idempotency_conflict') return problem(409, error.code, error.message)
  if (error.code !== 'discovery_failed') return error
  const fault = classify(error.cause)
  if (fault.class !== 'retry' && fault.class !== 'pause') return problem(502, error.code, error.message)
  response.setHeader('retry-after', String(Math.ceil(Math.max(RETRY_AFTER_S, (fault.retryAfterMs ?? 0) / 1_000))))
  return problem(503, 'upstream_unavailable', error.message)
}
