/**
 * Runs work that has to end in time. It is told by its signal to give up when the time is over or the outer signal
 * aborts, and is left behind if it does not. Rejects with what `late` makes, or with the outer signal's reason.
 * Unlike `AbortSignal.any` this leaves nothing on an outer signal that lives long.
 */
export const bounded = async <Result>(
  limitMs: number,
  late: () => Error,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  outer?.throwIfAborted()
  const own = new AbortController()
  let end = (_reason: unknown): void => undefined
  const ended = new Promise<never>((_, reject) => {
    end = (reason) => {
      reject(reason)
      own.abort(reason)
    }
  })
  const timer = setTimeout(() => end(late()), limitMs)
  const onAbort = (): void => end(outer?.reason)
  outer?.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work(own.signal), ended])
  } finally {
    clearTimeout(timer)
    outer?.removeEventListener('abort', onAbort)
  }
}

/** Waits; resolves to false as soon as the signal aborts. */
export const pause = (ms: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const onAbort = (): void => {
      clearTimeout(timer)
      resolve(false)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve(true)
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
