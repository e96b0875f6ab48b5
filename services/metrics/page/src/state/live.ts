import { computed, effect, signal } from '@preact/signals'
import type { Status } from '../contract.ts'
import { readDated } from './api.ts'
import { noteServerTime, now } from './clock.ts'

/** How the status comes. `lost`: the service does not answer; it is asked again at `retryAtMs`. */
export type Connection =
  | { readonly state: 'connecting' | 'live' | 'polling' | 'off' }
  | { readonly state: 'lost'; readonly retryAtMs: number }

/** The last status that is shown; null before the first. */
export const status = signal<Status | null>(null)
export const connection = signal<Connection>({ state: 'connecting' })
/** Whether the reader wants updates (WCAG 2.2.2). */
export const liveOn = signal(true)
/** How many dialogs are open: nothing changes behind them. */
const holders = signal(0)
export const held = computed(() => holders.value > 0)

/** Keeps updates back until the returned function is called. */
export const hold = (): (() => void) => {
  holders.value += 1
  return () => {
    holders.value -= 1
  }
}

const SHOWN_AT_MOST_EVERY_MS = 500
const POLL_MS = 2_000
const HIDDEN_POLL_MS = 15_000
/** A stream that is silent for this long is asked by another way whether the service lives. */
const SILENCE_MS = 30_000
const FIRST_RETRY_MS = 3_000
const LAST_RETRY_MS = 10_000

// Only the newest is kept, as text, and parsed when it is shown: a fast stream costs no more than a slow one.
let newest: string | undefined
let shownAtMs = Number.NEGATIVE_INFINITY
let isDue = false

const show = (): void => {
  isDue = false
  if (newest === undefined || held.peek() || !liveOn.peek()) return
  shownAtMs = performance.now()
  const text = newest
  newest = undefined
  const next: Status = JSON.parse(text)
  status.value = next
}
const receive = (text: string): void => {
  newest = text
  if (isDue) return
  isDue = true
  setTimeout(show, Math.max(0, shownAtMs + SHOWN_AT_MOST_EVERY_MS - performance.now()))
}
effect(() => {
  if (!held.value && liveOn.value && newest !== undefined) show()
})

let source: EventSource | undefined
let timer: ReturnType<typeof setTimeout> | undefined
let heardAtMs = 0
/** Attempts in a row that got no answer at all. */
let failures = 0
/** Streams in a row that ended before their first event. */
let streamFailures = 0
// Answers of an attempt that has been given up change nothing.
let attempt = 0

const later = (ms: number, what: () => void): void => {
  clearTimeout(timer)
  timer = setTimeout(what, ms)
}
const close = (): void => {
  attempt += 1
  source?.close()
  source = undefined
  clearTimeout(timer)
}
const waitMs = (times: number): number => Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, times - 1))

const lose = (): void => {
  failures += 1
  connection.value = { state: 'lost', retryAtMs: Date.now() + waitMs(failures) }
  later(waitMs(failures), connect)
}

/** Asks once; false when the service does not answer. */
const poll = async (): Promise<boolean> => {
  const mine = attempt
  try {
    const { body, saidAt } = await readDated<Status>('/v1/status')
    if (mine !== attempt) return true
    failures = 0
    noteServerTime(saidAt)
    receive(JSON.stringify(body))
    return true
  } catch {
    return mine !== attempt
  }
}

/** Asks again and again, the next time after the last has ended, until it is time to try the stream. */
const keepPolling = async (untilMs: number): Promise<void> => {
  const mine = attempt
  const answered = await poll()
  if (mine !== attempt) return
  if (!answered) return lose()
  connection.value = { state: 'polling' }
  const again = () => (document.hidden || Date.now() < untilMs ? void keepPolling(untilMs) : connect())
  later(document.hidden ? HIDDEN_POLL_MS : POLL_MS, again)
}

const watch = (): void => {
  const mine = attempt
  later(SILENCE_MS / 2, async () => {
    const isSilent = performance.now() - heardAtMs > SILENCE_MS
    const isThere = !isSilent || (await poll())
    if (mine !== attempt) return
    if (isThere) return watch()
    close()
    lose()
  })
}

/** Opens the stream; where there is none, the status is asked for instead. */
export const connect = (): void => {
  close()
  if (!liveOn.peek()) return
  const opened = new EventSource('/v1/events')
  source = opened
  opened.addEventListener('status', ({ data }: MessageEvent<string>) => {
    heardAtMs = performance.now()
    if (connection.peek().state !== 'live') connection.value = { state: 'live' }
    failures = 0
    streamFailures = 0
    receive(data)
  })
  // The browser's own way to connect again tells neither when nor why, so it is not used.
  opened.addEventListener('error', () => {
    if (source !== opened) return
    close()
    streamFailures += 1
    void keepPolling(Date.now() + waitMs(streamFailures))
  })
  heardAtMs = performance.now()
  watch()
}

/** Starts the updates. Hidden pages give their connection back: a browser has six for a host. */
export const startLive = (): void => {
  void poll()
  effect(() => {
    if (liveOn.value) return connect()
    close()
    connection.value = { state: 'off' }
  })
  document.addEventListener('visibilitychange', () => {
    if (!liveOn.peek()) return
    close()
    if (document.hidden) void keepPolling(0)
    else connect()
  })
}

const CYCLE_MS = 5_000
/** How old what is shown is, in seconds, and whether that is over three cycles of measuring. */
export const dataAge = computed(() => {
  const at = status.value?.lagMeasuredAt
  if (!at) return null
  const ageMs = Math.max(0, now.value - Date.parse(at))
  return { seconds: ageMs / 1_000, isStale: ageMs > 3 * CYCLE_MS }
})
