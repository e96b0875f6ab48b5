import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks a second of /proc; 100 on every Linux that Node runs on (proc_pid_stat(5), USER_HZ). */
const TICKS = 100

interface ProcessTimes {
  readonly parent: number
  /** CPU seconds of the process, and of those children that have ended and were waited for. */
  readonly seconds: number
}

const timesOf = (pid: string): ProcessTimes | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name may hold spaces and brackets; what follows its last bracket does not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15).map(Number)
    return { parent: Number(fields[1]), seconds: (user + system + childUser + childSystem) / TICKS }
  } catch {
    return undefined
  }
}

/**
 * CPU seconds that some processes have used until now, by name, each with everything below it, such as Postgres'
 * backends; `self` is this process and what it has run to its end, without what runs below it still.
 */
export const cpuSeconds = (pids: Readonly<Record<string, number>>): Record<string, number> => {
  const all = new Map<number, ProcessTimes>()
  for (const name of readdirSync('/proc')) {
    const times = /^[0-9]+$/.test(name) ? timesOf(name) : undefined
    if (times) all.set(Number(name), times)
  }
  const below = (pid: number): number =>
    [...all].reduce(
      (sum, [child, { parent }]) => (parent === pid ? sum + below(child) : sum),
      all.get(pid)?.seconds ?? 0,
    )
  return {
    ...Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, below(pid)])),
    self: all.get(process.pid)?.seconds ?? 0,
  }
}
