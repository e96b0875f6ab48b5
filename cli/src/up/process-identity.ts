import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'

/** A process told apart from a later one that got the same number. */
export const processIdentity = z.object({ pid: z.int().positive(), startedAt: z.string().min(1) })
export type ProcessIdentity = z.infer<typeof processIdentity>

/** Linux: the boot and the start time in clock ticks since then (proc(5), stat field 22). */
const startFromProc = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command in field 2 is in parentheses and may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, ticks] = [fields[0], fields[19]]
    if (state === 'Z' || state === 'X' || ticks === undefined) return undefined
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${ticks}`
  } catch {
    return undefined // no such process
  }
}

const startFromPs = (pid: number): string | undefined => {
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout?.trim() || undefined
}

/** The identity of a running process; undefined when there is none with this number. */
export const identityOf = (pid: number): ProcessIdentity | undefined => {
  const startedAt = existsSync('/proc/self/stat') ? startFromProc(pid) : startFromPs(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

export const isAlive = (known: ProcessIdentity): boolean => identityOf(known.pid)?.startedAt === known.startedAt
