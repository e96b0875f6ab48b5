import { notBeforeOf, originalTimestampOf } from '@pokepedia/events'
import type { SourceRecord } from '../client/source-record.ts'
import type { Handle } from '../group/working.ts'
import { type Ending, factsOf, logEnding } from '../telemetry/record-log.ts'
import type { Summary } from '../telemetry/summary.ts'
import { startProcess, type TraceParenting } from '../telemetry/tracing.ts'
import { type ProcessOptions, processRecord } from './process-record.ts'
import { ABANDONED } from './repeat.ts'

export interface DeliverOptions<Event> extends ProcessOptions<Event> {
  readonly traceParenting: TraceParenting
  readonly summary: Summary
}

/** When work on a record could have begun: when it was written, or when a retry was due. */
const dueMs = ({ delivery, timestamp }: SourceRecord): number =>
  Math.max(Number(timestamp), notBeforeOf(delivery.headers) ?? 0)

/** When the event first came to its queue. */
const cameMs = ({ delivery, timestamp }: SourceRecord): number =>
  originalTimestampOf(delivery.headers) ?? Number(timestamp)

/** Whether the event has come to its end, as the run ledger has it; what is dead may come again. */
const isArrival = ({ outcome }: Ending): boolean => outcome !== 'retried' && outcome !== 'dead' && outcome !== ABANDONED

/** Handles the records of a group, each in a span of its own, and tells log, metrics and summary how it ended. */
export const delivering =
  <Event>(options: DeliverOptions<Event>) =>
  (group: string): Handle =>
  async (record, signals) => {
    const { queue, log, metrics, summary, traceParenting } = options
    const startedMs = performance.now()
    metrics.waited(Date.now() - dueMs(record))
    const span = startProcess(record.delivery, group, traceParenting)
    const delivery = { ...record.delivery, headers: span.headers }
    const facts = factsOf(delivery, { queue: queue.name, group, span: span.ids })
    const ending = await span.run(() => processRecord({ ...record, delivery, facts }, options, signals))
    const durationMs = performance.now() - startedMs
    logEnding(log, facts, ending, durationMs)
    metrics.settled(group, ending.outcome, durationMs)
    if (isArrival(ending)) metrics.arrived(Date.now() - cameMs(record))
    summary.count(ending.outcome)
    return ending.outcome !== ABANDONED
  }
