import type { Machine } from './machine.ts'
import { machineLine } from './machine.ts'
import { type Measurement, median } from './rounds.ts'

/** The result of a workload: a table for a page, and the same for a script. */
export interface Report {
  readonly workload: string
  /** What was done, in a sentence. */
  readonly what: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Every measurement, by contestant. */
  readonly measured: Readonly<Record<string, readonly unknown[]>>
}

const spread = (values: readonly number[]): string =>
  `${Math.min(...values).toFixed(1)}–${Math.max(...values).toFixed(1)}`

/** The table of a workload whose contestants do the same work; times are compared with the first one's. */
export const compared = (workload: string, what: string, measured: ReadonlyMap<string, Measurement[]>): Report => {
  const [first = []] = measured.values()
  const base = median(first.map(({ seconds }) => seconds))
  const rows = [...measured].map(([name, all]) => {
    const seconds = median(all.map((one) => one.seconds))
    const rowCount = median(all.map((one) => one.rows))
    return [
      name,
      `${seconds.toFixed(1)} s`,
      spread(all.map((one) => one.seconds)),
      (seconds / base).toFixed(2),
      `${median(all.map((one) => one.cpuSeconds)).toFixed(1)} s`,
      Math.round(median(all.map((one) => one.requests))).toLocaleString('en-US'),
      Math.round(rowCount / seconds).toLocaleString('en-US'),
    ]
  })
  const columns = ['', 'time (median)', 'spread, s', 'ratio', 'CPU', 'requests', 'rows a second']
  return { workload, what, columns, rows, measured: Object.fromEntries(measured) }
}

/** Markdown, for docs/benchmarks.md. */
export const inMarkdown = ({ workload, what, columns, rows }: Report, machine: Machine): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const table = [line(columns), line(columns.map(() => '---')), ...rows.map(line)]
  return [`### ${workload}`, '', what, '', ...table, '', machineLine(machine)].join('\n')
}
