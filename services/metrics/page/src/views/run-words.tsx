import type { Counts, Run } from '../contract.ts'
import { Badge, type Tone } from '../ui/badge.tsx'

const TONES: Readonly<Record<string, Tone>> = {
  discovering: 'busy',
  running: 'busy',
  completed: 'ok',
  completed_with_dead_letters: 'warn',
  cancelled: 'idle',
  failed: 'bad',
}

export const RunState = ({ of }: { of: string }) => <Badge tone={TONES[of] ?? 'idle'}>{of.replaceAll('_', ' ')}</Badge>

/** In the order in which they are told: what went well first. */
export const OUTCOMES = ['stored', 'unchanged', 'gone', 'superseded', 'dead', 'discarded'] as const

export const settledOf = (counts: Counts): number => OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0)

/** Over all queues. */
export const totalsOf = ({ counts }: Pick<Run, 'counts'>) => {
  const all = Object.values(counts)
  return {
    requested: all.reduce((sum, { requested }) => sum + requested, 0),
    settled: all.reduce((sum, one) => sum + settledOf(one), 0),
    dead: all.reduce((sum, { dead }) => sum + dead, 0),
  }
}

/** How long a run has taken, or takes so far, in seconds. */
export const secondsOf = ({ startedAt, finishedAt }: Pick<Run, 'startedAt' | 'finishedAt'>, nowMs: number): number =>
  ((finishedAt === null ? nowMs : Date.parse(finishedAt)) - Date.parse(startedAt)) / 1_000
