import type { RunId } from '@pokepedia/events'
import { type Fault, putInDoubt, type Store } from '@pokepedia/storage'
import { requestRun } from '../seeder-client.ts'
import type { StackJson } from '../stack-json.ts'
import type { Terminal } from '../terminal.ts'
import { followRun } from '../up/follow-run.ts'
import { openProgress } from '../up/live-progress.ts'
import { pathsToSeed } from './verify-deployment.ts'

/** A request to seed holds at most 64 KiB. */
const PATHS_A_RUN = 1_000
const never = new AbortController().signal

export interface Repair {
  readonly seeded: number
  readonly runs: readonly { readonly runId: RunId; readonly state: string }[]
}

/** Seeds what mends the faults, and nothing else, and waits until the runs have closed. */
export const repair = async (
  stack: StackJson,
  store: Store,
  faults: readonly Fault[],
  terminal: Terminal,
): Promise<Repair> => {
  const paths = pathsToSeed(faults)
  await putInDoubt(store, faults)
  const runs: { runId: RunId; state: string }[] = []
  for (let at = 0; at < paths.length; at += PATHS_A_RUN) {
    const runId = await requestRun(stack, { paths: paths.slice(at, at + PATHS_A_RUN) })
    terminal.say(`run ${runId} mends`)
    const progress = openProgress(terminal)
    const { state } = await followRun(store, runId, progress.show, never).finally(progress.done)
    runs.push({ runId, state })
  }
  return { seeded: paths.length, runs }
}
