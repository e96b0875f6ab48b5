import { isPipelineError, messageOf } from '@pokepedia/errors'
import type { Log } from '../telemetry/log.ts'
import { scrub } from '../telemetry/scrub.ts'
import { flushSpans } from './flush-spans.ts'

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
/** Closing takes up to 10 s by contract; what takes longer hangs. */
const CLOSE_LIMIT_MS = 12_000

/** Whether somebody waits for the signal and closes things then. */
let awaited = false

/**
 * Resolves on SIGTERM or SIGINT; rejects when a watched part can't go on. Later signals change nothing: the terminal
 * and the supervisor both send one.
 */
export const untilStopped = async (log: Log, watched: readonly { failed: Promise<never> }[] = []): Promise<void> => {
  awaited = true
  const signalled = new Promise<string>((resolve) => {
    for (const name of SIGNALS) process.once(name, () => resolve(name))
  })
  const signal = await Promise.race([signalled, ...watched.map(({ failed }) => failed)])
  log.info({ event: 'process.stopping', signal }, `${signal}: stopping`)
}

const linesOf = (error: unknown): string => {
  if (isPipelineError(error) && error.class === 'fatal') return `${error.code}: ${error.message}; ${error.hint}`
  // What `await using` throws when closing fails after another error; the earlier one is the reason.
  if (error instanceof Error && 'suppressed' in error && 'error' in error)
    return `${linesOf(error.suppressed)}\nand closing failed: ${messageOf(error.error)}`
  return error instanceof Error ? withCauses(error) : messageOf(error)
}

const withCauses = (error: Error): string => {
  const cause = error.cause instanceof Error ? `\ncaused by ${withCauses(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}

/**
 * Runs a process: exits with 0 when `main` ends, with 1 when it throws. A fatal error is one line on stderr with its
 * code, message and hint; any other has its stack. A signal before `untilStopped` ends the process at once; after it
 * the process is given 12 s to close.
 */
export const runMain = (service: string, main: () => Promise<void>, closeLimitMs = CLOSE_LIMIT_MS): void => {
  const say = (text: string): void => console.error(scrub(`${service}: ${text}`))
  const fail = (error: unknown): never => {
    say(linesOf(error))
    process.exit(1)
  }
  const giveUp = (): never => {
    say(`closing took over ${closeLimitMs} ms; exiting without it`)
    process.exit(1)
  }
  let asked = false
  const onSignal = (): void => {
    if (!awaited) process.exit(0)
    if (!asked) setTimeout(giveUp, closeLimitMs).unref()
    asked = true
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  process.on('uncaughtException', fail)
  main()
    .then(flushSpans)
    .then(() => process.exit(0), fail)
}
