import { HEADER, traceparentOf } from '@pokepedia/events'
import { activeTraceparent } from '@pokepedia/pipeline'
import type { Request } from 'express'

/** The span of this request where an SDK records one, else the place that the client named. */
export const traceparentIn = (request: Request): string | undefined => {
  const given = request.get(HEADER.traceparent) ?? ''
  return activeTraceparent() ?? traceparentOf({ [HEADER.traceparent]: given }) ?? undefined
}
