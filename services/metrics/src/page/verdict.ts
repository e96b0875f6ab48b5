import { clockTime, count, counted, duration, type Instant } from './format.ts'

/** What of a status the verdict follows from; as it is on the server, or as JSON. */
export interface VerdictFacts {
  readonly queues: readonly {
    readonly queue: string
    readonly ready: number
    readonly delayed: number
    readonly blocked?: number
    readonly drainSeconds: number | null
  }[]
  readonly groups: readonly { readonly group: string; readonly members: number }[]
  readonly partitions: readonly { readonly group: string; readonly topic: string; readonly status: string }[]
  readonly tiers: readonly { readonly nextDueAt: Instant | null }[]
  readonly runs: readonly { readonly state: string }[] | null
  readonly pauses: readonly { readonly group: string; readonly reason: string; readonly at: Instant }[] | null
  readonly breakers?:
    | readonly {
        readonly service: string
        readonly dependency: string
        readonly state: string
        readonly since: Instant
        readonly code: string | null
      }[]
    | null
  readonly collectors: readonly {
    readonly name: string
    readonly up: boolean
    readonly error: { readonly code: string } | null
  }[]
}

export type VerdictWord = 'Working' | 'Waiting' | 'Idle' | 'Paused' | 'Blocked' | 'Stalled' | 'Unknown'

/** The state of the whole in a word, and why it is so. */
export interface Verdict {
  readonly word: VerdictWord
  readonly detail: string
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

const depths = ({ queues }: VerdictFacts, nothing: string): string => {
  const parts = (['ready', 'delayed', 'blocked'] as const).flatMap((name) => {
    const total = sum(queues.map((queue) => queue[name] ?? 0))
    return total > 0 ? [`${count(total)} ${name}`] : []
  })
  return parts.length > 0 ? parts.join(', ') : nothing
}

/** The queues with ready records whose group has no member. */
const orphans = ({ queues, groups, partitions }: VerdictFacts): string[] =>
  queues.flatMap(({ queue, ready }) => {
    const group = partitions.find(({ topic }) => topic === queue)?.group
    const members = groups.find((one) => one.group === group)?.members
    return ready > 0 && group !== undefined && members === 0 ? [group] : []
  })

const unmeasured = ({ collectors, queues }: VerdictFacts): Verdict | undefined => {
  const lag = collectors.find(({ name }) => name === 'lag')
  if (lag && !lag.up && lag.error)
    return { word: 'Unknown', detail: `the queues can't be measured (${lag.error.code}); what is shown is old` }
  return queues.length === 0 ? { word: 'Unknown', detail: 'nothing has been measured yet' } : undefined
}

const hindered = (facts: VerdictFacts, waiting: number): Verdict | undefined => {
  const [pause, ...others] = facts.pauses ?? []
  if (pause) {
    const more = others.length > 0 ? ` and ${counted(others.length, 'other group')}` : ''
    return {
      word: 'Paused',
      detail: `${pause.group}${more} since ${clockTime(pause.at)} UTC (${pause.reason}); ${depths(facts, 'nothing waits')}`,
    }
  }
  const open = (facts.breakers ?? []).find(({ state }) => state === 'open')
  if (!open || waiting === 0) return undefined
  return {
    word: 'Blocked',
    detail: `${open.service} can't reach ${open.dependency} since ${clockTime(open.since)} UTC${open.code === null ? '' : ` (${open.code})`}; ${depths(facts, 'nothing waits')}`,
  }
}

const stalled = (facts: VerdictFacts): Verdict | undefined => {
  const [orphan] = orphans(facts)
  if (orphan !== undefined)
    return { word: 'Stalled', detail: `the group ${orphan} has no members; ${depths(facts, 'nothing waits')}` }
  const still = facts.partitions.filter(({ status }) => status === 'stop' || status === 'stall')
  const [first] = still
  if (!first) return undefined
  const where = `${counted(still.length, 'partition')} of ${first.topic}`
  return { word: 'Stalled', detail: `${first.group} does not get on with ${where}; ${depths(facts, '')}` }
}

/** Working, waiting, idle, paused, blocked, stalled or unknown, with the reason in words. */
export const verdictOf = (facts: VerdictFacts): Verdict => {
  const ready = sum(facts.queues.map((queue) => queue.ready))
  const waiting = ready + sum(facts.queues.map(({ delayed, blocked = 0 }) => delayed + blocked))
  const trouble = unmeasured(facts) ?? hindered(facts, waiting) ?? (ready > 0 ? stalled(facts) : undefined)
  if (trouble) return trouble
  if (ready > 0) {
    const seconds = Math.max(0, ...facts.queues.map(({ drainSeconds }) => drainSeconds ?? 0))
    const left = seconds === 0 ? '' : `, about ${duration(seconds)} left`
    return { word: 'Working', detail: `${depths(facts, '')}${left}` }
  }
  if ((facts.runs ?? []).some(({ state }) => state === 'discovering'))
    return { word: 'Working', detail: 'a run is finding what there is to fetch' }
  if (waiting === 0) return { word: 'Idle', detail: 'nothing to do' }
  const due = facts.tiers.flatMap(({ nextDueAt }) => (nextDueAt === null ? [] : [new Date(nextDueAt).getTime()]))
  const next = due.length === 0 ? '' : `; the next is due at ${clockTime(new Date(Math.min(...due)))} UTC`
  return { word: 'Waiting', detail: `${depths(facts, '')}${next}` }
}
