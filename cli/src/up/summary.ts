import { ingestQueue, spritesQueue } from '@pokepedia/events'
import type { Audit, OutcomeCounts, RunWithProgress } from '@pokepedia/storage'
import type { StackJson } from '../stack-json.ts'
import { columns, duration } from '../terminal.ts'
import type { Layout } from './layout.ts'

const COUNTED = ['requested', 'stored', 'unchanged', 'gone', 'superseded', 'discarded', 'dead'] as const
type Counted = Record<(typeof COUNTED)[number], number>

/** The one line of JSON that `up --once --json` prints. */
export interface RunSummary extends Counted {
  readonly runId: string
  /** The same counts for the media queue. */
  readonly sprites: Counted
  readonly durationMs: number
  readonly audit: 'balanced' | 'unbalanced'
}

const countedOf = (counts: OutcomeCounts | undefined): Counted => {
  const of = (name: keyof Counted): number => counts?.[name] ?? 0
  return {
    requested: of('requested'),
    stored: of('stored'),
    unchanged: of('unchanged'),
    gone: of('gone'),
    superseded: of('superseded'),
    discarded: of('discarded'),
    dead: of('dead'),
  }
}

/** What became of a closed run. */
export const summaryOf = (run: RunWithProgress, audit: Audit): RunSummary => ({
  runId: run.id,
  ...countedOf(run.counts[ingestQueue.name]),
  sprites: countedOf(run.counts[spritesQueue.name]),
  durationMs: (run.finishedAt ?? new Date()).getTime() - run.startedAt.getTime(),
  audit: audit.balanced ? 'balanced' : 'unbalanced',
})

/** The summary for people. */
export const summaryText = (run: RunWithProgress, summary: RunSummary): string => {
  const row = (name: string, counts: Counted) => [name, ...COUNTED.map((key) => counts[key])]
  const table = columns(
    ['queue', ...COUNTED],
    [row(ingestQueue.name, summary), row(spritesQueue.name, summary.sprites)],
  )
  const verdict = `run ${run.id} ${run.state.replaceAll('_', ' ')} in ${duration(summary.durationMs)}, audit ${summary.audit}`
  return `\n${table}\n\n${verdict}${run.failure === null ? '' : `\n${run.failure}`}`
}

/** Where everything is found while up. */
export const addressesText = (stack: StackJson, { stackJson, logs }: Layout): string =>
  [
    '',
    `status page  ${stack.services.metrics.url}/`,
    `metrics      ${stack.services.metrics.url}/metrics`,
    `upstream     ${stack.upstream}`,
    `addresses    ${stackJson}`,
    `logs         ${logs}`,
    `database     psql "$(node -p 'require("${stackJson}").postgres')"`,
    '',
    'Ctrl-C stops everything; the data stay.',
  ].join('\n')
