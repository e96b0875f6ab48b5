import { grouped } from '../terminal.ts'
import { FAULTS, type SkipReason } from './import-file.ts'

/** What was passed over for one reason. */
export interface Skipped {
  readonly reason: SkipReason
  readonly count: number
  /** The first few: a file, and what is wrong with it. */
  readonly examples: readonly { readonly name: string; readonly detail?: string }[]
}

const EXAMPLES = 3
const WORDS: Partial<Record<SkipReason, string>> = {
  index: 'the root index and meta, which are no resources',
  list: 'lists of a type, which are no resources',
  unknown: 'files that are no resource of the API',
}

/** Counts what is passed over. */
export const openSkips = () => {
  const byReason = new Map<SkipReason, { count: number; examples: { name: string; detail?: string }[] }>()
  return {
    add(reason: SkipReason, name: string, detail?: string): void {
      const entry = byReason.get(reason) ?? { count: 0, examples: [] }
      byReason.set(reason, entry)
      entry.count += 1
      if (entry.examples.length < EXAMPLES) entry.examples.push(detail === undefined ? { name } : { name, detail })
    },
    list: (): Skipped[] => [...byReason].map(([reason, entry]) => ({ reason, ...entry })),
  }
}
export type Skips = ReturnType<typeof openSkips>

export const isFault = ({ reason }: Skipped): boolean => FAULTS.some((fault) => fault === reason)

/** A line for each reason and one for each example of a fault. */
export const skipLines = (skipped: readonly Skipped[]): string[] =>
  skipped.flatMap((entry) => [
    `skipped ${grouped(entry.count)}  ${entry.reason}${WORDS[entry.reason] ? `: ${WORDS[entry.reason]}` : ''}`,
    ...(isFault(entry) || entry.reason === 'unknown'
      ? entry.examples.map(({ name, detail }) => `  ${name}${detail === undefined ? '' : `: ${detail}`}`)
      : []),
  ])
