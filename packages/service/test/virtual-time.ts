import type { Clock } from '../src/process/clock.ts'

/** Time that passes when it is told to. */
export interface VirtualTime extends Clock {
  /** Lets time pass; what is due runs in order, and what it makes of itself before the next. */
  pass(ms: number): Promise<void>
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const virtualTime = (): VirtualTime => {
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>()
  let nowMs = 0
  return {
    nowMs: () => nowMs,
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async pass(ms) {
      const endMs = nowMs + ms
      await settle()
      for (;;) {
        const [next] = [...timers].filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)
        if (!next) break
        nowMs = Math.max(nowMs, next.atMs)
        timers.delete(next)
        next.run()
        await settle()
      }
      nowMs = endMs
    },
  }
}
