import { classify } from '@pokepedia/errors'
import { type EventTopic, HEADER, type Headers, type RunId } from '@pokepedia/events'
import { sendSpansOf } from '../telemetry/tracing.ts'
import type { EventProducer } from './producer.ts'

/**
 * Writes events of one topic: encoded, keyed, with the run and the trace in headers. `traceparent` is that of what
 * asked for them, a run or a delivery; null when that has none.
 */
export type Emit<Event> = (events: readonly Event[], traceparent: string | null) => Promise<void>

const headersOf = (runId: RunId | null, traceparent: string | null): Headers => ({
  ...(runId === null ? {} : { [HEADER.runId]: runId }),
  ...(traceparent === null ? {} : { [HEADER.traceparent]: traceparent }),
})

/** Makes the writer of a topic's events; it resolves when the broker has them all (acks=all). */
export const emitterOf =
  <Event extends { readonly runId: RunId | null }>(
    producer: EventProducer,
    topic: EventTopic,
    keyOf: (event: Event) => string,
    avro: { write(event: Event): Promise<Buffer> },
  ): Emit<Event> =>
  async (events, traceparent) => {
    if (events.length === 0) return
    const startSpan = sendSpansOf(topic.name, traceparent)
    const sending = events.map((event) => ({ event, span: startSpan(keyOf(event), event.runId) }))
    try {
      const records = await Promise.all(
        sending.map(async ({ event, span }) => ({
          key: keyOf(event),
          value: await avro.write(event),
          headers: headersOf(event.runId, span.traceparent),
        })),
      )
      await producer.send(topic.name, records)
      for (const { span } of sending) span.end()
    } catch (error) {
      for (const { span } of sending) span.end(classify(error).code)
      throw error
    }
  }
