import type { OpenLetters, RedriveTotals } from '@pokepedia/storage'
import { Counter, Gauge, type Registry } from 'prom-client'

/** What the database says of dead letters and redrives, read in one go. */
export interface DeadLetterReading {
  readonly open: readonly OpenLetters[]
  readonly totals: RedriveTotals
}

type Result = Exclude<keyof RedriveTotals, 'running'>
const RESULTS: readonly Result[] = [
  'sent',
  'stored',
  'unchanged',
  'gone',
  'superseded',
  'discarded',
  'dead_again',
  'skipped',
]

/** Declares the metrics of dead letters; returns what takes each reading. */
export const createDeadLetterMetrics = (registry: Registry, queues: readonly string[]) => {
  const registers = [registry]
  const open = new Gauge({
    name: 'pokepedia_dead_letters_open',
    help: 'Dead letters that were neither redriven nor discarded',
    labelNames: ['queue', 'reason', 'code'] as const,
    registers,
  })
  const oldest = new Gauge({
    name: 'pokepedia_dead_letter_oldest_timestamp_seconds',
    help: 'When the oldest open dead letter died; absent without any',
    labelNames: ['queue'] as const,
    registers,
  })
  const running = new Gauge({
    name: 'pokepedia_redrives_running',
    help: 'Redrives that send or wait for outcomes',
    registers,
  })
  const records = new Counter({
    name: 'pokepedia_redrive_records_total',
    help: 'Redriven events by what became of them; skipped were over the cap',
    labelNames: ['result'] as const,
    registers,
  })
  for (const result of RESULTS) records.inc({ result }, 0)
  let before: RedriveTotals | undefined

  return ({ open: letters, totals }: DeadLetterReading): void => {
    open.reset()
    oldest.reset()
    for (const { queue, reason, code, count } of letters) open.set({ queue, reason, code }, count)
    for (const queue of queues) {
      const times = letters.filter((row) => row.queue === queue).map(({ oldestDiedAt }) => oldestDiedAt.getTime())
      if (times.length > 0) oldest.set({ queue }, Math.min(...times) / 1_000)
    }
    running.set(totals.running)
    // Counted in the database by whoever did it: what it grew by since this process first read it.
    for (const result of RESULTS) records.inc({ result }, Math.max(0, totals[result] - (before ?? totals)[result]))
    before = totals
  }
}
