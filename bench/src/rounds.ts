import { cpuSeconds } from './cpu.ts'

/** What one round of a contestant came to. */
export interface Measurement {
  readonly seconds: number
  /** CPU seconds of every process that worked for it. */
  readonly cpuSeconds: number
  /** The same of each process by itself. */
  readonly cpuBy: Readonly<Record<string, number>>
  /** CPU seconds of the upstream stub, which share the machine with the contestant. */
  readonly upstreamCpuSeconds: number
  /** Requests to the upstream. */
  readonly requests: number
  /** Rows or documents that it was about. */
  readonly rows: number
}

/** One way to do the same work. */
export interface Contestant {
  readonly name: string
  /** Before each round, not measured. */
  readonly prepare: () => Promise<void>
  /** The measured work; resolves with the number of rows. */
  readonly run: () => Promise<number>
  /** Names of the processes whose CPU time counts; `self` is this one with its children. */
  readonly processes: readonly string[]
}

export interface RoundsOptions {
  readonly rounds: number
  readonly pids: () => Readonly<Record<string, number>>
  /** Requests to the upstream until now. */
  readonly requests: () => Promise<number>
  readonly say: (line: string) => void
}

const measure = async (contestant: Contestant, { pids, requests }: RoundsOptions): Promise<Measurement> => {
  await contestant.prepare()
  const requestsBefore = await requests()
  const cpuBefore = cpuSeconds(pids())
  const startedMs = performance.now()
  const rows = await contestant.run()
  const seconds = (performance.now() - startedMs) / 1_000
  const cpuAfter = cpuSeconds(pids())
  const usedBy = (name: string): number => (cpuAfter[name] ?? 0) - (cpuBefore[name] ?? 0)
  const cpuBy = Object.fromEntries(contestant.processes.map((name) => [name, usedBy(name)]))
  return {
    seconds,
    cpuSeconds: Object.values(cpuBy).reduce((sum, one) => sum + one, 0),
    cpuBy,
    upstreamCpuSeconds: usedBy('sample'),
    requests: (await requests()) - requestsBefore,
    rows,
  }
}

/** Measures the contestants in turns, so that what slows the machine down for a while hits them all. */
export const runRounds = async (
  contestants: readonly Contestant[],
  options: RoundsOptions,
): Promise<Map<string, Measurement[]>> => {
  const measured = new Map<string, Measurement[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const contestant of contestants) {
      const measurement = await measure(contestant, options)
      measured.get(contestant.name)?.push(measurement)
      const { seconds, cpuBy, rows } = measurement
      const cpu = Object.entries(cpuBy).map(([name, used]) => `${name} ${used.toFixed(1)}`)
      options.say(`round ${round}  ${contestant.name}: ${seconds.toFixed(2)} s, ${rows} rows; CPU s: ${cpu.join(', ')}`)
    }
  }
  return measured
}

/** The middle value; of an even number the mean of the two. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

/** The value that a share of all values does not exceed. */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN
