import { type ErrorCode, errorClassOf, errors, KNOWN_CODES } from '@pokepedia/errors'
import type { DeadReason, RetryTier } from '@pokepedia/events'
import { routeFailure } from '../handling/failure.ts'

/** The labels of every failure that can be foretold: a counter that is born at 1 shows no `increase()`. */
export interface KnownFailures {
  readonly codes: readonly ErrorCode[]
  readonly retries: readonly { readonly tier: string; readonly code: ErrorCode }[]
  readonly deadLetters: readonly { readonly reason: DeadReason; readonly code: ErrorCode }[]
}

/** What `routeFailure` makes of each known code; a retry may take any tier, for Retry-After picks among them. */
export const knownFailures = (tiers: readonly RetryTier[]): KnownFailures => {
  const codes = KNOWN_CODES.filter((code) => ['retry', 'pause', 'dead'].includes(errorClassOf(code)))
  const routesOf = (code: ErrorCode, attempt: number) => routeFailure(errors(code, 'foretold'), attempt, tiers, 0)
  return {
    codes,
    retries: codes
      .filter((code) => routesOf(code, 1).to === 'retry')
      .flatMap((code) => tiers.map(({ label }) => ({ tier: label, code }))),
    deadLetters: codes.flatMap((code) => {
      const route = routesOf(code, tiers.length + 1)
      return route.to === 'dead' ? [{ reason: route.reason, code }] : []
    }),
  }
}
