import { type Log, type Repeating, repeat } from '@pokepedia/service'
import type { GroupReader } from './group-reader.ts'

/** Names the groups that an operator has told to stand still. */
export type PausedGroups = () => Promise<ReadonlySet<string>>

const LOOK_EVERY_MS = 2_000

/**
 * Holds the readers whose group is paused, and lets them go on, within 2 s of the operator's word. `before` is what was
 * known when they were opened. While nobody can tell, what was known last stands.
 */
export const obeyOperator = (
  readers: readonly GroupReader[],
  pausedGroups: PausedGroups,
  before: ReadonlySet<string>,
  log: Log,
): Repeating => {
  let known = before
  const look = async (): Promise<void> => {
    const now = await pausedGroups()
    for (const reader of readers) {
      const { group } = reader
      if (now.has(group) === known.has(group)) continue
      if (now.has(group)) {
        reader.pauseAll('operator')
        log.info({ event: 'group.paused', group }, `${group} stands still on an operator's word`)
      } else {
        reader.resumeAll('operator')
        log.info({ event: 'group.resumed', group }, `${group} goes on`)
      }
    }
    known = now
  }
  return repeat('looking for pauses', LOOK_EVERY_MS, look, log)
}
