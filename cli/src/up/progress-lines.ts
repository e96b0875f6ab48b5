import type { OutcomeCounts, RunWithProgress } from '@pokepedia/storage'
import { grouped } from '../terminal.ts'

const BAR_WIDTH = 24

export const doneOf = (counts: OutcomeCounts): number => counts.requested - counts.in_flight

const bar = (done: number, total: number): string => {
  const filled = total === 0 ? 0 : Math.floor((BAR_WIDTH * done) / total)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`
}

const rateText = (perSecond: number): string => `${grouped(Math.round(perSecond))}/s`

const line = (label: string, counts: OutcomeCounts, tail: string): string => {
  const done = doneOf(counts)
  return `${label.padEnd(28)} ${bar(done, counts.requested)} ${grouped(done)}/${grouped(counts.requested)}${tail}`
}

/** Events settled per second, by queue name. */
export type Rates = Readonly<Record<string, number>>

const queueBars = (queue: string, run: RunWithProgress, perSecond: number, room: number): string[] => {
  const types = Object.entries(run.byType[queue] ?? {})
  const unfinished = types.filter(([, counts]) => counts.in_flight > 0)
  const tail = `  ${rateText(perSecond)}, ${types.length - unfinished.length} of ${types.length} types done`
  const counts = run.counts[queue]
  return counts === undefined
    ? []
    : [line(queue, counts, tail), ...unfinished.slice(0, room).map(([type, of]) => line(`  ${type}`, of, ''))]
}

/** A bar for each queue, and under it one for each resource type that is not done, as many as fit. */
export const progressBars = (run: RunWithProgress, rates: Rates, maxLines: number): string[] => {
  const queues = Object.keys(run.counts)
  const room = Math.max(0, Math.floor(maxLines / Math.max(1, queues.length)) - 1)
  return queues.flatMap((queue) => queueBars(queue, run, rates[queue] ?? 0, room))
}

/** The same in one line, for a log. */
export const progressLine = (run: RunWithProgress, rates: Rates): string => {
  const queues = Object.entries(run.counts).map(([queue, counts]) => {
    const total = grouped(counts.requested)
    return `${queue} ${grouped(doneOf(counts))}/${total} (${rateText(rates[queue] ?? 0)})`
  })
  return queues.length === 0 ? 'reading the lists of the upstream' : queues.join(' · ')
}
