import { errors, type PipelineError } from '@pokepedia/errors'
import { type Decode, type Queue, type RetryTier, redrivenOf } from '@pokepedia/events'
import { type Log, timed } from '@pokepedia/service'
import type { Breakers } from '../breakers/breakers.ts'
import type { EventProducer } from '../producer/producer.ts'
import type { ConsumerMetrics } from '../telemetry/metrics.ts'
import type { Ending, ReadRecord } from '../telemetry/record-log.ts'
import type { DeadLetter, Handler, HandlerContext, Outcome, RedrivenEnd } from '../types.ts'
import { bounded } from './bounded.ts'
import type { ByteBudget } from './byte-budget.ts'
import { divert } from './divert.ts'
import { ABANDONED, type PartitionSignals, repeatThroughOutages } from './repeat.ts'
import { untilDone } from './until-done.ts'

export interface ProcessOptions<Event> {
  readonly queue: Queue
  readonly decode: Decode<Event>
  readonly handler: Handler<Event>
  /** Notes a dead letter in the run ledger. */
  readonly onDead: (letter: DeadLetter<Event>) => Promise<void>
  /** Notes the end of an event that a redrive sent, after that of `onDead`. */
  readonly onRedriven?: ((end: RedrivenEnd) => Promise<void>) | undefined
  readonly tiers: readonly RetryTier[]
  /** Milliseconds a handler may take before its event moves to a retry tier; waits do not count. */
  readonly deadlineMs: number
  readonly producer: EventProducer
  readonly breakers: Breakers
  readonly budget: ByteBudget
  readonly metrics: ConsumerMetrics
  /** For what goes wrong on the way; the end is the caller's to log. */
  readonly log: Log
}

/** Tells the redrive that sent the record how it ended; on the way of a retry it has not. */
const noteRedriven = async <Event>(
  { delivery, facts }: ReadRecord,
  ending: Ending,
  options: ProcessOptions<Event>,
  signals: PartitionSignals,
): Promise<Ending> => {
  const { onRedriven } = options
  const { outcome } = ending
  const redriven = redrivenOf(delivery.headers)
  if (!onRedriven || !redriven || outcome === 'retried' || outcome === ABANDONED) return ending
  const end: RedrivenEnd = { ...redriven, outcome, code: ending.error?.code ?? null }
  const noted = await untilDone(() => onRedriven(end), facts, options, signals)
  return noted === ABANDONED ? { outcome: ABANDONED } : ending
}

/** Handles one record to its end: an outcome, an acknowledged copy on a retry or dead-letter topic, or fatal (thrown). */
export const processRecord = async <Event>(
  record: ReadRecord,
  options: ProcessOptions<Event>,
  signals: PartitionSignals,
): Promise<Ending> => {
  const { delivery } = record
  const { deadlineMs, budget, metrics } = options
  const late = (): Error => errors('deadline', `handling took over ${deadlineMs} ms`)
  let event: Event | undefined
  const stage: HandlerContext['stage'] = (name, work) =>
    timed(work, (seconds) => metrics.staged(record.facts.group, name, seconds))

  const handle = (): Promise<Outcome> =>
    budget.spend(signals.leaving, (holds) =>
      bounded(deadlineMs, late, signals.revoked, async (signal) => {
        event ??= await stage('decode', () => options.decode(record.value))
        return options.handler(event, { delivery, signal, holds, stage })
      }),
    )

  const failed = ({ code }: PipelineError): void => metrics.failed(code)
  const outcome = await repeatThroughOutages(handle, { breakers: options.breakers, failed }, signals)
  const ending: Ending =
    typeof outcome === 'string' ? { outcome } : await divert({ record, event, error: outcome }, options, signals)
  return noteRedriven(record, ending, options, signals)
}
