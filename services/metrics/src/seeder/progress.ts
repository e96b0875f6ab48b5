import { OUTCOMES, type RunWithProgress } from '@pokepedia/storage'

/** What of a run's records of one resource type has been done, on one queue. */
export interface TypeProgress {
  readonly queue: string
  readonly resourceType: string
  readonly requested: number
  readonly settled: number
  readonly dead: number
}

/** A run's progress by queue and resource type, those with most to do first. */
export const typeProgress = ({ byType }: Pick<RunWithProgress, 'byType'>): TypeProgress[] =>
  Object.entries(byType)
    .flatMap(([queue, types]) =>
      Object.entries(types).map(([resourceType, counts]) => ({
        queue,
        resourceType,
        requested: counts.requested,
        settled: OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0),
        dead: counts.dead,
      })),
    )
    .sort((a, b) => b.requested - a.requested || a.resourceType.localeCompare(b.resourceType))

/** How long the rest takes at this rate, in seconds; null when nothing moves, which is no time at all. */
export const secondsLeft = (inFlight: number, ratePerSecond: number): number | null =>
  ratePerSecond > 0 ? Math.ceil(inFlight / ratePerSecond) : null
