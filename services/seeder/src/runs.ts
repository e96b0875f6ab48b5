import { classify, type PipelineError } from '@pokepedia/errors'
import type { RunId } from '@pokepedia/events'
import { type Repeating, repeat, secondsOf } from '@pokepedia/service'
import { closeFinishedRuns, failRun, type Run, runsInState } from '@pokepedia/storage'
import { type AdvanceDeps, advanceRun } from './advance-run.ts'
import type { SeederMetrics } from './metrics.ts'
import { createPatience } from './patience.ts'

export interface RunsOptions extends AdvanceDeps {
  readonly metrics: SeederMetrics
  /** How long passing faults of the upstream are waited out before a run fails. */
  readonly patienceMs?: number
}

const PATIENCE_MS = 10 * 60_000
const LOOK_EVERY_MS = 1_000
const CLOSE_EVERY_MS = 500
const RUNS_AT_ONCE = 4

/**
 * Advances the runs that are to be discovered, up to 4 at once, those of killed seeders included. A run whose lists
 * can't be read waits or fails as `createPatience` says; a fatal error rejects `failed`.
 */
export const startAdvancing = (options: RunsOptions): Repeating => {
  const { store, log, metrics, patienceMs = PATIENCE_MS } = options
  const stop = new AbortController()
  const patience = createPatience(patienceMs)
  const advancing = new Map<RunId, Promise<void>>()
  let fatal: PipelineError | undefined

  const fail = async ({ id, trigger, startedAt }: Run, error: PipelineError): Promise<void> => {
    const reason = `${error.code}: ${error.message}`
    await failRun(store, id, reason)
    metrics.ended({ trigger, state: 'failed' }, Date.now() - startedAt.getTime())
    log.error(
      { event: 'run.failed', run_id: id, code: error.code, hint: error.hint, err: error },
      `run ${id} failed: ${reason}`,
    )
  }

  const advance = async (run: Run): Promise<void> => {
    try {
      const result = await advanceRun(options, run.id, stop.signal)
      if (result === 'held') patience.leave(run.id, Date.now() + LOOK_EVERY_MS)
    } catch (thrown) {
      const error = classify(thrown)
      if (stop.signal.aborted) return
      if (error.class === 'fatal') {
        fatal ??= error
        return
      }
      const decision = patience.after(run.id, error, Date.now())
      if (decision === 'fail') await fail(run, error)
      else
        log[decision === 'first' ? 'warn' : 'debug'](
          { event: 'run.waiting', run_id: run.id, code: error.code, err: error },
          `run ${run.id} waits: ${error.message}`,
        )
    }
  }

  const start = (run: Run): void => {
    const ended = advance(run)
      .catch((error: unknown) =>
        log.error({ event: 'run.stuck', run_id: run.id, err: error }, `run ${run.id} could not be failed`),
      )
      .finally(() => {
        advancing.delete(run.id)
        looking.wake()
      })
    advancing.set(run.id, ended)
  }

  const looking = repeat(
    'advancing runs',
    LOOK_EVERY_MS,
    async () => {
      if (fatal) throw fatal
      const runs = await runsInState(store, 'discovering')
      patience.keepOnly(runs.map(({ id }) => id))
      const due = runs.filter(({ id }) => !advancing.has(id) && patience.isDue(id, Date.now()))
      for (const run of due.slice(0, RUNS_AT_ONCE - advancing.size)) start(run)
    },
    log,
  )
  return {
    failed: looking.failed,
    wake: looking.wake,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await looking[Symbol.asyncDispose]()
      await Promise.all(advancing.values())
    },
  }
}

/** Closes runs whose events have all come to an end. */
export const startClosing = ({ store, log, metrics }: Pick<RunsOptions, 'store' | 'log' | 'metrics'>): Repeating =>
  repeat(
    'closing runs',
    CLOSE_EVERY_MS,
    async () => {
      for (const { id, trigger, state, startedAt, finishedAt } of await closeFinishedRuns(store)) {
        const durationMs = (finishedAt ?? new Date()).getTime() - startedAt.getTime()
        metrics.ended({ trigger, state }, durationMs)
        log.info({ event: 'run.closed', run_id: id, state, duration_s: secondsOf(durationMs) }, `run ${id}: ${state}`)
      }
    },
    log,
  )
