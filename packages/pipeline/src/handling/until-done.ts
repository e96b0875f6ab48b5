import { isPipelineError, type PipelineError } from '@pokepedia/errors'
import type { Log } from '@pokepedia/service'
import type { Breakers } from '../breakers/breakers.ts'
import type { ConsumerMetrics } from '../telemetry/metrics.ts'
import { failureFacts } from '../telemetry/record-log.ts'
import { pause } from './bounded.ts'
import { ABANDONED, type PartitionSignals, repeatThroughOutages } from './repeat.ts'

export interface UntilDoneOptions {
  readonly breakers: Breakers
  readonly metrics: ConsumerMetrics
  readonly log: Log
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 5_000

/**
 * Takes a step until it succeeds: its record has nowhere else to go, and holds one place meanwhile. `facts` are what
 * the lines about it say of the record.
 */
export const untilDone = async <Result>(
  step: () => Promise<Result>,
  facts: object,
  { breakers, metrics, log }: UntilDoneOptions,
  signals: PartitionSignals,
): Promise<Result | typeof ABANDONED> => {
  const failed = ({ code }: PipelineError): void => metrics.failed(code)
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const result = await repeatThroughOutages(step, { breakers, failed }, signals)
    if (!isPipelineError(result)) return result
    const stuck = { ...facts, ...failureFacts(result), event: 'record.stuck' }
    log.error(stuck, `its end could not be written: ${result.message}; ${result.hint}`)
    if (!(await pause(pauseMs, signals.leaving))) return ABANDONED
  }
}
