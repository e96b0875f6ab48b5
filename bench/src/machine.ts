import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'

/** What a figure was measured on. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly node: string
  /** Of the last minute, before the first round: work of others on the machine. */
  readonly loadBefore: number
  readonly commit: string
  readonly date: string
}

const commit = (): string => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}

/** Describes this machine. */
export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  commit: commit(),
  date: new Date().toISOString().slice(0, 10),
})

/** One line for a page. */
export const machineLine = ({ cpu, cores, memoryGb, node, loadBefore, commit, date }: Machine): string =>
  `${date}, commit ${commit}: ${cpu}, ${cores} cores, ${memoryGb} GB, Node ${node}, load ${loadBefore} before the first round`
