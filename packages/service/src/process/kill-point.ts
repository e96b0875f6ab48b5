import { readFileSync, rmSync } from 'node:fs'

/**
 * The named steps between which a service can be killed by a test, in the order in which an event passes them.
 * Seeder: `ledger_entered`, `events_acked` (a chunk of them), `before_running`. Metrics: `redrive_prepared`,
 * `redrive_acked` (a batch of letters).
 */
export type KillStep =
  | 'fetched'
  | 'object_put'
  | 'committed'
  | 'changes_acked'
  | 'emitted'
  | 'retry_acked'
  | 'dlq_acked'
  | 'dead_noted'
  | 'finished'
  | 'offset_committed'
  | 'ledger_entered'
  | 'events_acked'
  | 'before_running'
  | 'redrive_prepared'
  | 'redrive_acked'

const file = process.env['NODE_ENV'] === 'test' ? process.env['POKEPEDIA_KILL_AT'] : undefined
let order = ''
let passes = 0

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

/**
 * Kills the process, as `kill -9` would, at the n-th pass of a step, once: only in tests, where NODE_ENV is `test` and
 * POKEPEDIA_KILL_AT names a file that says `step:n`. The file is removed first, so that the process lives when it is
 * started again.
 */
export const killPoint = (step: KillStep): void => {
  if (file === undefined) return
  const now = read(file)
  if (now !== order) passes = 0
  order = now
  if (!now.startsWith(`${step}:`)) return
  passes += 1
  if (passes !== Number(now.slice(step.length + 1))) return
  rmSync(file)
  process.kill(process.pid, 'SIGKILL')
}
