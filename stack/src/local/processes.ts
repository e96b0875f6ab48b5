import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { z } from 'zod'

// Linux is asked through /proc, since small images come without ps; macOS through ps.
const hasProc = existsSync('/proc/self/stat')

/** A process told apart from a later one that got the same number. */
export const processIdentity = z.object({ pid: z.int().positive(), startedAt: z.string().min(1) })
export type ProcessIdentity = z.infer<typeof processIdentity>

// The boot, and the start in clock ticks since then: proc(5), field 22 of stat. A zombie counts as gone.
const startFromProc = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Field 2, the command in parentheses, may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`
  } catch {
    return undefined
  }
}

const ps = (...args: string[]): string => spawnSync('ps', args, { encoding: 'utf8' }).stdout ?? ''

/** The identity of a running process; undefined when none has this number. */
export const identityOf = (pid: number): ProcessIdentity | undefined => {
  const startedAt = hasProc ? startFromProc(pid) : ps('-o', 'lstart=', '-p', String(pid)).trim()
  return startedAt ? { pid, startedAt } : undefined
}

export const isRunning = (known: ProcessIdentity): boolean => identityOf(known.pid)?.startedAt === known.startedAt

/** Whether a process has this number, be it a stranger's or a zombie. */
export const isTaken = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** A JVM argument that says which stack a process belongs to. */
export const stackMark = (stackDirectory: string): string => `-Dpokepedia.stack=${stackDirectory}`

/** PostgreSQL's data directory of a stack; `postgres` and `initdb` have it as an argument. */
export const postgresData = (stackDirectory: string): string => `${stackDirectory}/postgres/data`

/** MinIO's data of a stack, which it has as an argument. */
export const minioData = (stackDirectory: string): string => `${stackDirectory}/s3/minio`

// The postmaster's own children name no directory among their arguments; they work in it.
const isBackendOf = (data: string, pid: number, title = ''): boolean =>
  title.startsWith('postgres: ') && readlinkSync(`/proc/${pid}/cwd`) === data

const isOurs = (stackDirectory: string, pid: number): boolean => {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    const data = postgresData(stackDirectory)
    const dataAt = args.indexOf('-D') + 1
    return (
      args.includes(stackMark(stackDirectory)) ||
      args.includes(minioData(stackDirectory)) ||
      (dataAt > 0 && args[dataAt] === data) ||
      isBackendOf(data, pid, args[0])
    )
  } catch {
    return false // it has ended since, or belongs to somebody else
  }
}

const isOurLine = (stackDirectory: string, line: string): boolean =>
  [stackMark(stackDirectory), minioData(stackDirectory), `-D ${postgresData(stackDirectory)}`].some((mark) =>
    `${line} `.includes(` ${mark} `),
  )

/**
 * Running processes that a start of this directory made: those with the stack's own mark, MinIO's data
 * directory, or PostgreSQL's after `-D`, among their arguments, and PostgreSQL's children. Found by looking, not by a list of pids, so
 * a start that was killed at any moment is covered.
 */
export const processesOf = (stackDirectory: string): ProcessIdentity[] => {
  const pids = hasProc
    ? readdirSync('/proc')
        .map(Number)
        .filter((pid) => pid > 0 && isOurs(stackDirectory, pid))
    : ps('-axww', '-o', 'pid=,command=')
        .split('\n')
        .filter((line) => isOurLine(stackDirectory, line))
        .map((line) => Number.parseInt(line, 10))
  return pids.flatMap((pid) => identityOf(pid) ?? [])
}

/** PostgreSQL's children in this stack; none where there is no /proc to ask. */
export const backendsOf = (stackDirectory: string): ProcessIdentity[] => {
  if (!hasProc) return []
  const data = postgresData(stackDirectory)
  const isBackend = (pid: number): boolean => {
    try {
      return isBackendOf(data, pid, readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0])
    } catch {
      return false // it has ended since, or belongs to somebody else
    }
  }
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isBackend(pid))
    .flatMap((pid) => identityOf(pid) ?? [])
}
