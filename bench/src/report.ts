import { type Measurement, median } from './rounds.ts'

/** A figure that was promised, and what was measured. */
export interface Target {
  readonly what: string
  readonly value: number
  readonly unit?: string
  readonly atLeast?: number
  readonly atMost?: number
}

/** The result of a workload: a table for a page, and the same for a script. */
export interface Report {
  readonly workload: string
  /** What was done, in a sentence. */
  readonly what: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly targets: readonly Target[]
  /** Every measurement, by contestant. */
  readonly measured: Readonly<Record<string, readonly unknown[]>>
}

/** A number for people: three digits at least, thousands apart. */
export const figure = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(Math.abs(value) >= 10 ? 1 : 2)

export const spread = (values: readonly number[]): string =>
  `${figure(Math.min(...values))}–${figure(Math.max(...values))}`

/** Whether a figure is what was promised. */
export const isMet = ({ value, atLeast, atMost }: Target): boolean =>
  value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY)

/** `full sync, against direct: 0.83; target ≥ 0.80: met` */
export const targetLine = (target: Target): string => {
  const { what, value, unit = '', atLeast, atMost } = target
  const bounds = [
    ...(atLeast === undefined ? [] : [`≥ ${atLeast}${unit}`]),
    ...(atMost === undefined ? [] : [`≤ ${atMost}${unit}`]),
  ]
  return `${what}: ${figure(value)}${unit}; target ${bounds.join(' and ')}: ${isMet(target) ? 'met' : '**missed**'}`
}

const secondsOf = (measurements: readonly Measurement[] | undefined): number =>
  median((measurements ?? []).map(({ seconds }) => seconds))

/** How fast a contestant is for each time as fast as another: medians, 2 is twice as fast. */
export const speedRatio = (
  measured: ReadonlyMap<string, Measurement[]>,
  { of, to }: { readonly of: string; readonly to: string },
): number => secondsOf(measured.get(to)) / secondsOf(measured.get(of))

/** The table of a workload whose contestants do the same work; times are compared with the first one's. */
export const compared = (
  workload: string,
  what: string,
  measured: ReadonlyMap<string, Measurement[]>,
  targets: readonly Target[] = [],
): Report => {
  const [first = []] = measured.values()
  const base = secondsOf(first)
  const rows = [...measured].map(([name, all]) => {
    const seconds = secondsOf(all)
    const rowCount = median(all.map((one) => one.rows))
    const cpu = median(all.map((one) => one.cpuSeconds))
    return [
      name,
      `${seconds.toFixed(1)} s`,
      spread(all.map((one) => one.seconds)),
      (seconds / base).toFixed(2),
      `${cpu.toFixed(1)} s`,
      figure((cpu / rowCount) * 1_000),
      `${median(all.map((one) => one.upstreamCpuSeconds)).toFixed(1)} s`,
      Math.round(median(all.map((one) => one.requests))).toLocaleString('en-US'),
      Math.round(rowCount / seconds).toLocaleString('en-US'),
    ]
  })
  const columns = [
    '',
    'time (median)',
    'spread, s',
    'time ratio',
    'CPU',
    'CPU a row, ms',
    "upstream's CPU",
    'requests',
    'rows a second',
  ]
  return { workload, what, columns, rows, targets, measured: Object.fromEntries(measured) }
}

/** Markdown, for docs/benchmarks.md. */
export const inMarkdown = ({ workload, what, columns, rows, targets }: Report): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const table = rows.length === 0 ? [] : [line(columns), line(columns.map(() => '---')), ...rows.map(line), '']
  return [`### ${workload}`, '', what, '', ...table, ...targets.map((target) => `- ${targetLine(target)}`)].join('\n')
}
