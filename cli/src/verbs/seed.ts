import { storeOf } from '../deployment-store.ts'
import { seedOptions } from '../seed-options.ts'
import { countSeed, requestRun, type SeedBody } from '../seeder-client.ts'
import { readStackJson, type StackJson } from '../stack-json.ts'
import { openTerminal, type Terminal } from '../terminal.ts'
import { followRun } from '../up/follow-run.ts'
import { layoutOf } from '../up/layout.ts'
import { openProgress } from '../up/live-progress.ts'
import type { Cli } from './common.ts'

const never = new AbortController().signal

const startRun = async (stack: StackJson, body: SeedBody, wait: boolean, terminal: Terminal): Promise<number> => {
  const runId = await requestRun(stack, body)
  if (!wait) {
    terminal.result({ runId }, runId)
    return 0
  }
  terminal.say(`run ${runId}`)
  await using store = storeOf(stack)
  const progress = openProgress(terminal)
  const { state, counts } = await followRun(store, runId, progress.show, never).finally(progress.done)
  terminal.result({ runId, state, counts }, `run ${runId}: ${state.replaceAll('_', ' ')}`)
  return state.startsWith('completed') ? 0 : 1
}

/** `pokepedia seed`: asks the running seeder for a run. */
export const addSeed = (cli: Cli): Cli =>
  cli.command(
    'seed',
    'Start a run on the running deployment',
    (verb) =>
      verb
        .options(seedOptions)
        // No default: yargs counts one as given, and then it conflicts with --wait.
        .option('dry-run', { type: 'boolean', describe: 'Count what would be requested; start nothing' })
        .option('wait', { type: 'boolean', describe: 'Stay until the run has closed; 1 if it failed' })
        .conflicts('dry-run', 'wait'),
    async ({ types, limit, force, ...args }) => {
      const terminal = openTerminal(args.json)
      const stack = await readStackJson(layoutOf(args.directory))
      const body = { types, limit, force }
      if (args.dryRun) {
        const counted = await countSeed(stack, body)
        terminal.result(counted, JSON.stringify(counted, null, 2))
      } else {
        process.exitCode = await startRun(stack, body, args.wait === true, terminal)
      }
    },
  )
