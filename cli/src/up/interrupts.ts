/** What the person at the terminal, or a supervisor, asks of `up`. */
export interface Interrupts {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly stop: AbortSignal
  /** Aborted by a later one: no more patience. */
  readonly kill: AbortSignal
}

// npm passes the terminal's Ctrl-C on although it has reached us already, so two signals at once are one request.
const SAME_REQUEST_MS = 1_000

/** Takes over the signals that end a process, for the rest of its life. */
export const listenForInterrupts = (say: (line: string) => void): Interrupts => {
  const stop = new AbortController()
  const kill = new AbortController()
  let firstAt: number | undefined
  const interrupt = (signal: NodeJS.Signals): void => {
    if (firstAt === undefined) {
      firstAt = Date.now()
      say(`${signal}: stopping; once more ends everything at once`)
      stop.abort(new Error(`stopped by ${signal}`))
    } else if (Date.now() - firstAt > SAME_REQUEST_MS) {
      kill.abort()
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)
  return { stop: stop.signal, kill: kill.signal }
}
