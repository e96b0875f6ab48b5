import { checkPrerequisites, type S3Server } from '@pokepedia/stack'
import type { Store } from '@pokepedia/storage'
import { auditDeployment } from '../audit.ts'
import { storeOf } from '../deployment-store.ts'
import { failure } from '../failure.ts'
import { requestRun } from '../seeder-client.ts'
import type { Terminal } from '../terminal.ts'
import { type Deployment, startDeployment } from './deployment.ts'
import { followRun } from './follow-run.ts'
import { type Interrupts, listenForInterrupts } from './interrupts.ts'
import { openProgress } from './live-progress.ts'
import { addressesText, summaryOf, summaryText } from './summary.ts'
import type { UpstreamChoice } from './upstream.ts'

export interface UpOptions {
  readonly terminal: Terminal
  readonly directory: string | undefined
  readonly upstream: UpstreamChoice
  readonly s3: S3Server
  readonly fresh: boolean
  /** End when the run has closed. */
  readonly once: boolean
  readonly types: readonly string[] | undefined
  readonly limit: number | undefined
}

/** Seeds, shows the progress, and prints what became of the run. Resolves with whether its audit balances. */
const seedAndFollow = async (
  { terminal, types, limit, once }: UpOptions,
  { stack, layout }: Deployment,
  store: Store,
  signal: AbortSignal,
): Promise<boolean> => {
  const runId = await requestRun(stack, { types, limit })
  terminal.say(`run ${runId}`)
  const progress = openProgress(terminal)
  const run = await followRun(store, runId, progress.show, signal).finally(progress.done)
  const audit = await auditDeployment(stack, store, runId)
  if (audit === undefined) throw failure(`run ${runId} is gone from the database`)
  const summary = summaryOf(run, audit)
  terminal.say(summaryText(run, summary))
  for (const { rule, key, detail } of audit.violations.slice(0, 10)) terminal.say(`${rule} ${key}: ${detail}`)
  if (terminal.json) terminal.result(summary, '')
  if (!once) terminal.say(addressesText(stack, layout))
  return audit.balanced && run.state.startsWith('completed')
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    if (signal.aborted) reject(signal.reason)
  })

const work = async (options: UpOptions, deployment: Deployment, ending: AbortSignal): Promise<number> => {
  await using store = storeOf(deployment.stack)
  const isGood = await seedAndFollow(options, deployment, store, ending)
  if (options.once) return isGood ? 0 : 1
  return untilAborted(ending)
}

/** Starts the deployment, works with it until `ending`, and stops it whatever happened. */
const runDeployment = async (options: UpOptions, { stop, kill }: Interrupts): Promise<number> => {
  const { terminal, directory, upstream, s3, fresh, once } = options
  const breakage = new AbortController()
  const ending = AbortSignal.any([stop, breakage.signal])
  const deployment = await startDeployment({
    directory,
    upstream,
    s3,
    fresh,
    onProgress: terminal.say,
    // A service in a crash loop may recover while somebody looks at it; nobody does with --once.
    onBroken: (error, what) => (once || what === 'stack' ? breakage.abort(error) : terminal.say(error.message)),
    signal: ending,
    killSignal: kill,
  })
  try {
    return await work(options, deployment, ending)
  } finally {
    await deployment.stop()
    terminal.say('everything is stopped')
  }
}

/** `pokepedia up`, from the prerequisites to the last process ended. Resolves with the exit code. */
export const runUp = async (options: UpOptions): Promise<number> => {
  const missing = await checkPrerequisites(options.s3)
  if (missing.length > 0) throw failure(missing.join('\n'))
  const interrupts = listenForInterrupts(options.terminal.say)
  try {
    return await runDeployment(options, interrupts)
  } catch (error) {
    if (!interrupts.stop.aborted) throw error
    // Being asked to stop is the normal end of `up`; before a --once run has closed it is not.
    return options.once || interrupts.kill.aborted ? 1 : 0
  }
}
