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

/** A bar for each queue, and one for each resource type that is not done, as many as fit. */
export const progressBars = (run: RunWithProgress, rates: Rates, maxLines: number): string[] => {
  const queues = Object.entries(run.counts).map(([queue, counts]) =>
    line(queue, counts, `  ${rateText(rates[queue] ?? 0)}`),
  )
  const types = Object.values(run.byType).flatMap((ofQueue) => Object.entries(ofQueue))
  const unfinished = types.filter(([, counts]) => counts.in_flight > 0)
  const room = Math.max(0, maxLines - queues.length - 1)
  const shown = unfinished.slice(0, room).map(([type, counts]) => line(`  ${type}`, counts, ''))
  const finished = `  ${types.length - unfinished.length} of ${types.length} types done`
  return [...queues, ...shown, ...(types.length > 0 ? [finished] : [])]
}

/** The same in one line, for a log. */
export const progressLine = (run: RunWithProgress, rates: Rates): string => {
  const queues = Object.entries(run.counts).map(([queue, counts]) => {
    const total = grouped(counts.requested)
    return `${queue} ${grouped(doneOf(counts))}/${total} (${rateText(rates[queue] ?? 0)})`
  })
  return queues.length === 0 ? 'reading the lists of the upstream' : queues.join(' · ')
}
