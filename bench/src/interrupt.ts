import { setMaxListeners } from 'node:events'

const interrupted = new AbortController()
// One for each deployment of a run.
setMaxListeners(0, interrupted.signal)

/** Aborts on Ctrl-C and SIGTERM, just before the process ends: what was started must not outlive it. */
export const interruption: AbortSignal = interrupted.signal

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    interrupted.abort()
    process.exit(130)
  })
