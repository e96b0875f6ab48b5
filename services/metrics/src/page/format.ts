/** A time as the server has it, or as JSON has it: ISO 8601 in UTC. */
export type Instant = Date | string

/** `3,120` */
export const count = (value: number): string => value.toLocaleString('en-US')

/** `1 dead letter`, `3,120 dead letters` */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/** Seconds in the two largest units that matter: `4 s`, `3 min`, `1 h 12 min`, `2 d 3 h`. */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  const at = UNITS.findIndex(([, size]) => whole >= size)
  const [unit, size] = UNITS[at === -1 ? UNITS.length - 1 : at] ?? ['s', 1]
  const next = UNITS[at + 1]
  const main = `${Math.floor(whole / size)} ${unit}`
  const rest = next ? Math.floor((whole % size) / next[1]) : 0
  return next && rest > 0 && (size > 60 || whole < 600) ? `${main} ${rest} ${next[0]}` : main
}

/** `14:02:11`, UTC. */
export const clockTime = (at: Instant): string => new Date(at).toISOString().slice(11, 19)

/** `2026-01-02 14:02:11 UTC` */
export const utc = (at: Instant): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
