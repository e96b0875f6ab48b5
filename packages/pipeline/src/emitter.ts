import { HEADER, type Headers, type Queue, type RunId } from '@pokepedia/events'
import type { EventProducer } from './producer.ts'

/**
 * Writes events of one queue: encoded, keyed, with the run and the trace in headers. `traceparent` is that of what
 * asked for them, a run or a delivery; null when that has none.
 */
export type Emit<Event> = (events: readonly Event[], traceparent: string | null) => Promise<void>

const headersOf = (runId: RunId | null, traceparent: string | null): Headers => ({
  ...(runId === null ? {} : { [HEADER.runId]: runId }),
  ...(traceparent === null ? {} : { [HEADER.traceparent]: traceparent }),
})

/** Makes the writer of a queue's events; it resolves when the broker has them all (acks=all). */
export const emitterOf =
  <Event extends { readonly runId: RunId | null }>(
    producer: EventProducer,
    queue: Queue,
    keyOf: (event: Event) => string,
    avro: { write(event: Event): Promise<Buffer> },
  ): Emit<Event> =>
  async (events, traceparent) => {
    if (events.length === 0) return
    const records = await Promise.all(
      events.map(async (event) => ({
        key: keyOf(event),
        value: await avro.write(event),
        headers: headersOf(event.runId, traceparent),
      })),
    )
    await producer.send(queue.name, records)
  }
