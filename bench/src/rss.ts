import { readFileSync } from 'node:fs'

/** The most memory that a process has had resident since its start, in MB (VmHWM of proc_pid_status(5)). */
export const peakRssMb = (pid: number): number =>
  Math.round(Number(/^VmHWM:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024)

/** What a process has resident now, in MB. */
export const rssMb = (pid: number): number =>
  Math.round(Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024)
