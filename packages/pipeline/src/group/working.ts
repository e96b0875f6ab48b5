import type { SourceRecord } from '../client/source-record.ts'
import type { PartitionSignals } from '../handling/repeat.ts'
import type { Owned } from './assignment.ts'
import { createKeyOrder } from './key-order.ts'
import type { Slots } from './slots.ts'

/** Handles a record to its end; resolves to false when it must be read again by the next owner. Rejects when fatal. */
export type Handle = (record: SourceRecord, signals: PartitionSignals) => Promise<boolean>

export interface WorkingParts {
  readonly handle: Handle
  readonly slots: Slots
  /** Told when a record has left work, finished or not. */
  readonly ended: (owned: Owned) => void
  readonly failed: (reason: unknown) => void
}

/** Records in work, each with a place taken; equal keys one after the other. */
export interface Working {
  /** Starts a record, whose place is given back at its end. */
  start(owned: Owned, record: SourceRecord): void
  /** Age of the record that is in work longest, milliseconds; 0 when there is none. */
  oldestAgeMs(): number
}

export const createWorking = ({ handle, slots, ended, failed }: WorkingParts): Working => {
  const order = createKeyOrder()
  // Insertion order is age.
  const since = new Set<{ readonly ms: number }>()

  const run = async (owned: Owned, record: SourceRecord): Promise<void> => {
    const { topic, partition, offset, key } = record.delivery
    const started = { ms: performance.now() }
    since.add(started)
    try {
      await order.run(key ?? `${topic}/${partition}/${offset}`, async () => {
        // Its turn came too late: the next owner handles it.
        if (owned.leaving.aborted) return
        if (await handle(record, owned)) owned.window.finish(BigInt(offset))
      })
    } catch (error) {
      failed(error)
    } finally {
      since.delete(started)
      slots.give()
      ended(owned)
    }
  }

  return {
    start: (owned, record) => void run(owned, record),
    oldestAgeMs() {
      const [oldest] = since
      return oldest ? performance.now() - oldest.ms : 0
    },
  }
}
