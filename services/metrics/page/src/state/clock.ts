import { signal } from '@preact/signals'

// How far the server's clock is ahead of this one. Its answers are dated in whole seconds, so a little is nothing.
let skewMs = 0
const TOLERATED_MS = 2_000

/** Notes the `Date` of an answer that has just come. */
export const noteServerTime = (date: string | null): void => {
  const aheadMs = date === null ? Number.NaN : Date.parse(date) - Date.now()
  if (!Number.isNaN(aheadMs)) skewMs = Math.abs(aheadMs) > TOLERATED_MS ? aheadMs : 0
}

/** Epoch ms by the server's clock, so that ages are right where a computer's own clock is not. */
export const serverNow = (): number => Date.now() + skewMs

/** {@link serverNow}, once a second. */
export const now = signal(serverNow())
setInterval(() => {
  if (!document.hidden) now.value = serverNow()
}, 1_000)
