import { dependencyOf, type PipelineError } from '@pokepedia/errors'

/** How often a step is repeated in place though the dependency it misses is there; see docs/decisions/012. */
const REPEATS = 3
/** As often for an answer that a moment later may be another. */
const REPEATS_AT_UPSTREAM = 2
const FIRST_PAUSE_MS = 250

/**
 * How often a failed step is repeated before its event pays for it. What took its time to fail (`timeout`, `deadline`)
 * is not, for it would hold its place as long again; nor what the host wants repeated later.
 */
export const repeatsOf = ({ class: errorClass, code, retryAfterMs }: PipelineError): number => {
  if (errorClass === 'pause') return REPEATS
  const isPassing = errorClass === 'retry' && code !== 'timeout' && retryAfterMs === undefined
  return isPassing && dependencyOf(code) === 'upstream' ? REPEATS_AT_UPSTREAM : 0
}

/**
 * Milliseconds before the next repeat, after so many. Doubles; half of it is chance, so that what failed together does
 * not come back together.
 */
export const pauseMsOf = (repeats: number, random = Math.random): number =>
  FIRST_PAUSE_MS * 2 ** repeats * (0.5 + random() / 2)
