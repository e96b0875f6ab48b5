const DAY_MS = 86_400_000

/** `Retry-After` in milliseconds, a day at most (RFC 9110 section 10.2.3: seconds or an HTTP-date); else undefined. */
export const retryAfterMs = (header: string | undefined, nowMs: number = Date.now()): number | undefined => {
  const text = header?.trim() ?? ''
  const waitMs = /^[0-9]{1,15}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs
  // Date.parse takes much that is no date, "-5" for one; an HTTP-date begins with the day's name.
  if (Number.isNaN(waitMs) || !/^(?:[0-9]+$|[A-Z][a-z]{2,8},? )/.test(text)) return undefined
  return Math.min(Math.max(waitMs, 0), DAY_MS)
}
