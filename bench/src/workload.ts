import type { Report } from './report.ts'

export interface WorkloadOptions {
  /** A directory of PokeAPI/api-data. */
  readonly data: string
  readonly rounds: number
  /** Events of the workloads that write them without a run: `backlog`. */
  readonly events: number
  readonly say: (line: string) => void
}

/** A named comparison; one file a workload. */
export interface Workload {
  readonly name: string
  readonly summary: string
  run(options: WorkloadOptions): Promise<Report[]>
}
