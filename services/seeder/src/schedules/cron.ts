import { messageOf } from '@pokepedia/errors'
import type { CatchUp, TickDecision } from '@pokepedia/storage'
import { Cron } from 'croner'

/** A time to start runs at: five fields, or six that begin with seconds, read in an IANA time zone. */
export interface CronTime {
  readonly cron: string
  readonly timeZone: string
}

/** A tick that is decided on within this time of its due time is on time. */
export const ON_TIME_MS = 60_000
/** How old the last missed tick may be for `once` to fire it late. */
export const CATCH_UP_MS = 24 * 3_600_000
/** Ticks that one decision counts as missed at most: a schedule of every second that was away for a month has millions. */
export const MOST_COUNTED = 1_000

// Without a function to call, a Cron sets no timer.
const cronOf = ({ cron, timeZone }: CronTime): Cron => new Cron(cron, { timezone: timeZone, paused: true })

/** The first tick after a time, in whole seconds; null when there is none. */
export const nextTick = (time: CronTime, after: Date): Date | null => cronOf(time).nextRun(after)

const isTimeZone = (timeZone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return /^[A-Za-z]/.test(timeZone)
  } catch {
    return false
  }
}

/** What is wrong with the time; undefined when nothing is. */
export const cronFault = ({ cron, timeZone }: CronTime): string | undefined => {
  if (!isTimeZone(timeZone))
    return `${JSON.stringify(timeZone)} is no time zone; write an IANA name, like UTC or Europe/Berlin`
  if (!/^\S+(?: +\S+){4,5}$/.test(cron))
    return `${JSON.stringify(cron)} is no cron expression; write five fields, or six with seconds first`
  try {
    // From a leap year's end, since the rarest tick comes every eight years.
    if (nextTick({ cron, timeZone }, new Date()) !== null) return undefined
    return `${JSON.stringify(cron)} names a day that never comes`
  } catch (error) {
    return `${JSON.stringify(cron)}: ${messageOf(error).replace(/^CronPattern: /, '')}`
  }
}

/** The ticks in (after, until], the first `most` of them. */
export const ticksBetween = (time: CronTime, after: Date, until: Date, most: number): Date[] => {
  const cron = cronOf(time)
  const ticks: Date[] = []
  for (let tick = cron.nextRun(after); tick && tick <= until && ticks.length < most; tick = cron.nextRun(tick))
    ticks.push(tick)
  return ticks
}

export interface TicksToDecide extends CronTime {
  readonly catchUp: CatchUp
  readonly decidedUntil: Date
  readonly now: Date
}

/**
 * Of all ticks since the last decision the last one is fired, if it is on time, or if the schedule catches up and the
 * tick is less than a day old. The others are missed. One run copies what several would have: more than one is never made.
 */
export const decide = (schedule: TicksToDecide): TickDecision => {
  const { catchUp, decidedUntil, now } = schedule
  const ticks = ticksBetween(schedule, decidedUntil, now, MOST_COUNTED)
  const last =
    ticks.length < MOST_COUNTED ? ticks.at(-1) : cronOf(schedule).previousRuns(1, new Date(now.getTime() + 1))[0]
  const lateMs = last ? now.getTime() - last.getTime() : 0
  const fires = last !== undefined && lateMs <= (catchUp === 'once' ? CATCH_UP_MS : ON_TIME_MS)
  const missed = fires ? ticks.slice(0, -1) : ticks
  return {
    until: now,
    nextAt: nextTick(schedule, now),
    missed: missed.length,
    missedAt: missed.at(-1) ?? null,
    cause: missed.length === 0 ? null : 'no seeder was at work when it was due',
    due: fires ? last : null,
  }
}
