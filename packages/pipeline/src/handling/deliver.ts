import type { Handle } from '../group/working.ts'
import { factsOf, logEnding } from '../telemetry/record-log.ts'
import type { Summary } from '../telemetry/summary.ts'
import { startProcess, type TraceParenting } from '../telemetry/tracing.ts'
import { type ProcessOptions, processRecord } from './process-record.ts'
import { ABANDONED } from './repeat.ts'

export interface DeliverOptions<Event> extends ProcessOptions<Event> {
  readonly traceParenting: TraceParenting
  readonly summary: Summary
}

/** Handles the records of a group, each in a span of its own, and tells log, metrics and summary how it ended. */
export const delivering =
  <Event>(options: DeliverOptions<Event>) =>
  (group: string): Handle =>
  async (record, signals) => {
    const { queue, log, metrics, summary, traceParenting } = options
    const startedMs = performance.now()
    const span = startProcess(record.delivery, group, traceParenting)
    const delivery = { ...record.delivery, headers: span.headers }
    const facts = factsOf(delivery, { queue: queue.name, group, span: span.ids })
    const ending = await span.run(() => processRecord({ ...record, delivery, facts }, options, signals))
    const durationMs = performance.now() - startedMs
    logEnding(log, facts, ending, durationMs)
    metrics.settled(group, ending.outcome, durationMs)
    summary.count(ending.outcome)
    return ending.outcome !== ABANDONED
  }
