import { HEADER, type Queue, type RunId } from '@pokepedia/events'
import type { EventProducer } from './producer.ts'

/** Writes events of one queue: encoded, keyed, with the run in a header. */
export type Emit<Event> = (events: readonly Event[]) => Promise<void>

/** Makes the writer of a queue's events; it resolves when the broker has them all (acks=all). */
export const emitterOf =
  <Event extends { readonly runId: RunId | null }>(
    producer: EventProducer,
    queue: Queue,
    keyOf: (event: Event) => string,
    avro: { write(event: Event): Promise<Buffer> },
  ): Emit<Event> =>
  async (events) => {
    if (events.length === 0) return
    const records = await Promise.all(
      events.map(async (event) => ({
        key: keyOf(event),
        value: await avro.write(event),
        headers: event.runId === null ? {} : { [HEADER.runId]: event.runId },
      })),
    )
    await producer.send(queue.name, records)
  }
