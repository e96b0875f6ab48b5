/** Milliseconds as the seconds of a log line, to the millisecond. */
export const secondsOf = (ms: number): number => Math.round(ms) / 1_000
