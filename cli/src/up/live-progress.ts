import type { RunWithProgress } from '@pokepedia/storage'
import { createLogUpdate } from 'log-update'
import type { Terminal } from '../terminal.ts'
import { doneOf, progressBars, progressLine, type Rates } from './progress-lines.ts'

export interface LiveProgress {
  show(run: RunWithProgress): void
  /** Leaves the last picture standing. */
  done(): void
}

const PLAIN_EVERY_MS = 2_000
const RATE_OVER_MS = 10_000
/** Room for the cursor's line and for what the shell prints. */
const SPARE_ROWS = 3

interface Sample {
  readonly atMs: number
  readonly done: Readonly<Record<string, number>>
}

/** Events settled per second over the last ten seconds. */
const rateMeter = (): ((run: RunWithProgress) => Rates) => {
  const samples: Sample[] = []
  return (run) => {
    const done = Object.fromEntries(Object.entries(run.counts).map(([queue, counts]) => [queue, doneOf(counts)]))
    const now: Sample = { atMs: performance.now(), done }
    samples.push(now)
    while (samples.length > 2 && now.atMs - (samples[0]?.atMs ?? 0) > RATE_OVER_MS) samples.shift()
    const first = samples[0] ?? now
    const seconds = Math.max(0.001, (now.atMs - first.atMs) / 1_000)
    return Object.fromEntries(
      Object.entries(done).map(([queue, count]) => [queue, (count - (first.done[queue] ?? 0)) / seconds]),
    )
  }
}

const redrawn = (stream: NodeJS.WriteStream, terminal: Terminal): LiveProgress => {
  const update = createLogUpdate(stream)
  const ratesOf = rateMeter()
  // What is said meanwhile goes above the bars.
  terminal.divert((line) => update.persist(line))
  return {
    show: (run) => update(progressBars(run, ratesOf(run), (stream.rows ?? 24) - SPARE_ROWS).join('\n')),
    done() {
      update.done()
      terminal.divert(undefined)
    },
  }
}

const asLines = (say: (line: string) => void): LiveProgress => {
  const ratesOf = rateMeter()
  let lastMs = Number.NEGATIVE_INFINITY
  return {
    show(run) {
      const rates = ratesOf(run)
      if (performance.now() - lastMs < PLAIN_EVERY_MS) return
      lastMs = performance.now()
      say(progressLine(run, rates))
    },
    done: () => undefined,
  }
}

/** Bars redrawn in place on a terminal, else a line every two seconds. */
export const openProgress = (terminal: Terminal): LiveProgress => {
  const stream = terminal.json ? process.stderr : process.stdout
  return stream.isTTY ? redrawn(stream, terminal) : asLines(terminal.say)
}
