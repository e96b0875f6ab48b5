/** Where a verb writes: words for people, and one JSON document for scripts when asked for. */
export interface Terminal {
  readonly json: boolean
  /** A line for people: standard output, or standard error with `--json`. */
  say(line: string): void
  /** Lets something that draws on the terminal place the lines itself; undefined ends that. */
  divert(place: ((line: string) => void) | undefined): void
  /** The result. With `--json` the value as one line of JSON on standard output, else the text. */
  result(value: unknown, text: string): void
}

export const openTerminal = (json: boolean): Terminal => {
  const write = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`)
  let say = write
  return {
    json,
    say: (line) => say(line),
    divert(place) {
      say = place ?? write
    },
    result: (value, text) => void process.stdout.write(`${json ? JSON.stringify(value) : text}\n`),
  }
}

/** Lines up columns; numbers to the right, the rest to the left. */
export const columns = (heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const cells = [heads, ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? grouped(cell) : cell)))]
  const widths = heads.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)))
  const isNumber = heads.map((_, at) => rows.length > 0 && rows.every((row) => typeof row[at] === 'number'))
  const pad = (cell: string, at: number): string =>
    isNumber[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
  return cells.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}

/** 15463 → `15,463`. */
export const grouped = (count: number): string => count.toLocaleString('en-US')

/** 83000 → `1 min 23 s`, 2345 → `2.3 s`. */
export const duration = (ms: number): string => {
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
