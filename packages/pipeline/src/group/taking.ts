import { setTimeout as delay } from 'node:timers/promises'
import { notBeforeOf } from '@pokepedia/events'
import type { Consumer, EachBatchPayload } from 'kafkajs'
import { recordOf, type SourceRecord } from '../client/source-record.ts'
import type { Assignment, Owned } from './assignment.ts'
import type { Pauses } from './pauses.ts'
import type { Slots } from './slots.ts'
import type { Working } from './working.ts'

export interface TakingParts {
  readonly consumer: Consumer
  readonly assignment: Assignment
  readonly pauses: Pauses
  readonly slots: Slots
  readonly working: Working
  /** A record whose time had come was taken `errorMs` late. */
  readonly fired: (topic: string, errorMs: number) => void
  /** How long records of a topic wait at most, in ms. */
  readonly longestWaitMs: (topic: string) => number
}

export const HEARTBEAT_EVERY_MS = 1_000
/** Past this distance between the oldest unfinished record and the newest taken one, a partition takes no more. */
const LONGEST_WINDOW = 2_000

/** Whether a partition has as many records between its commit and its newest taken one as it may. */
export const isFull = ({ window }: Owned): boolean => window.inFlight + window.finishedBehindGap >= LONGEST_WINDOW

/**
 * When a record is due; undefined when at once. No header holds up a partition for longer than its topic waits: a person
 * may write any number into it. The clock that wrote the header wrote the record's timestamp, too.
 */
const dueOf = ({ delivery, timestamp }: SourceRecord, longestWaitMs: number): number | undefined => {
  const wantedMs = notBeforeOf(delivery.headers)
  return wantedMs === undefined ? undefined : Math.min(wantedMs, Number(timestamp) + longestWaitMs)
}

/**
 * kafkajs's `eachBatch`: hands the records of a batch over to work one by one as places become free, and returns without
 * waiting for their end, so that one slow record does not stop its partition.
 */
export const takingOf = ({ consumer, assignment, pauses, slots, working, fired, longestWaitMs }: TakingParts) => {
  const takeSlot = async (owned: Owned, heartbeat: () => Promise<void>): Promise<boolean> => {
    const slot = slots.take(owned.leaving)
    // The group would take a silent member for dead; a rebalance makes heartbeat throw, and the slot is given back.
    for (;;) {
      const taken = await Promise.race([slot, delay(HEARTBEAT_EVERY_MS, 'waiting' as const, { ref: false })])
      if (taken !== 'waiting') return taken
      try {
        await heartbeat()
      } catch (error) {
        void slot.then((got) => got && slots.give())
        throw error
      }
    }
  }

  return async ({ batch, heartbeat, resolveOffset, isRunning, isStale }: EachBatchPayload): Promise<void> => {
    const { topic, partition } = batch
    const owned = assignment.find(topic, partition)
    if (!owned) return
    const current = (): boolean => owned.epoch === assignment.epoch && isRunning() && !isStale()
    for (const message of batch.messages) {
      // Where places become free quickly no record waits for one, and a batch can last for minutes. Without this its
      // member hears of no rebalance, which then waits for it and puts it out of the group.
      await heartbeat()
      const { offset } = message
      if (!current() || owned.leaving.aborted) return
      if (pauses.all) return consumer.seek({ topic, partition, offset })
      if (isFull(owned)) return pauses.hold(owned, 'backpressure', offset)
      const record = recordOf(topic, partition, message)
      const dueMs = dueOf(record, longestWaitMs(topic))
      if (dueMs !== undefined && dueMs > Date.now()) return pauses.holdUntil(owned, offset, dueMs)
      if (!(await takeSlot(owned, heartbeat))) return
      if (!current()) return slots.give()
      if (dueMs !== undefined) fired(topic, Date.now() - dueMs)
      owned.window.accept(BigInt(offset))
      resolveOffset(offset)
      working.start(owned, record)
    }
    await heartbeat()
  }
}
