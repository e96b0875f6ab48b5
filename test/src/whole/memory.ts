import { readFileSync } from 'node:fs'
import type { Deployment } from '@pokepedia/cli'

const EVERY_MS = 250

const residentMb = (pid: number): number => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024)
  } catch {
    return 0
  }
}

/** Notes the peak resident memory of each service in MB (Linux' VmHWM) until stopped. */
export const watchMemory = (deployment: Deployment): { stop(): Record<string, number> } => {
  const peaks: Record<string, number> = {}
  const look = (): void => {
    for (const [name, { pid }] of Object.entries(deployment.stack.services))
      peaks[name] = Math.max(peaks[name] ?? 0, residentMb(pid))
  }
  const timer = setInterval(look, EVERY_MS)
  return {
    stop() {
      look()
      clearInterval(timer)
      return peaks
    },
  }
}
