import type { Turns } from './host-turns.ts'

/** Turns that this process has and has not used yet, earliest first. */
export interface HeldTurns {
  /** Adds those of an answer; the request for them began at `askedMs`. */
  add(turns: Turns, askedMs: number, nowMs: number): void
  /** Uses a turn that is due; false when none is. Those that have passed are dropped. */
  use(nowMs: number): boolean
  clear(): void
  readonly count: number
  /** When the first one is due; Infinity for none. */
  readonly firstMs: number
  /** When the last one is due; -Infinity for none. */
  readonly lastMs: number
}

/** A turn is used at most so late, or the requests of two of them come together; see decision 008. */
const LATEST_MS = 150
/** Postgres answers late: better turns that are not quite in time than none at all. */
const SHORTEST_MS = 30

interface Turn {
  readonly fromMs: number
  readonly untilMs: number
}

export const createHeldTurns = (): HeldTurns => {
  let turns: Turn[] = []
  return {
    add({ turns: count, firstInMs, spacingMs }, askedMs, nowMs) {
      for (let nth = 0; nth < count; nth += 1) {
        // They were given at some moment between the two; never used early, and late as seen from the earlier one.
        const inMs = firstInMs + nth * spacingMs
        turns.push({
          fromMs: nowMs + inMs,
          untilMs: Math.max(askedMs + inMs + LATEST_MS, nowMs + inMs + SHORTEST_MS),
        })
      }
    },
    use(nowMs) {
      turns = turns.filter(({ untilMs }) => untilMs >= nowMs)
      if ((turns[0]?.fromMs ?? Number.POSITIVE_INFINITY) > nowMs) return false
      turns.shift()
      return true
    },
    clear() {
      turns = []
    },
    get count() {
      return turns.length
    },
    get firstMs() {
      return turns[0]?.fromMs ?? Number.POSITIVE_INFINITY
    },
    get lastMs() {
      return turns.at(-1)?.fromMs ?? Number.NEGATIVE_INFINITY
    },
  }
}
