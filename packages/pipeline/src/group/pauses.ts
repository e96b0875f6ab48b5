import type { Consumer } from 'kafkajs'
import type { Assignment, Owned, PauseReason } from './assignment.ts'

/**
 * Why partitions stand still. kafkajs has one switch a partition, and keeps it over a rebalance; here each reason is
 * kept by itself, and the switch is set from all of them.
 */
export interface Pauses {
  /** Sets kafkajs's switch of a partition from its reasons, after an assignment. */
  apply(owned: Owned): void
  /** Stops a partition before the record of this offset, which is read again when the reason is gone. */
  hold(owned: Owned, reason: PauseReason, offset: string): void
  release(owned: Owned, reason: PauseReason): void
  /** Holds a partition until a time, epoch milliseconds. */
  holdUntil(owned: Owned, offset: string, dueMs: number): void
  holdAll(reason: PauseReason): void
  releaseAll(reason: PauseReason): void
  /** Whether a reason stands for every partition. */
  readonly all: boolean
  /** Partitions that stand still for this reason. */
  count(reason: PauseReason): number
}

/** The longest delay of a Node timer; a record due later is looked at again then. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const createPauses = (consumer: Consumer, assignment: Assignment): Pauses => {
  const forAll = new Set<PauseReason>()

  const apply = (owned: Owned): void => {
    if (owned.epoch !== assignment.epoch) return
    const where = [{ topic: owned.topic, partitions: [owned.partition] }]
    if (forAll.size + owned.paused.size > 0) consumer.pause(where)
    else consumer.resume(where)
  }
  const applyAll = (): void => {
    for (const owned of assignment.all()) apply(owned)
  }
  const hold = (owned: Owned, reason: PauseReason, offset: string): void => {
    owned.paused.add(reason)
    apply(owned)
    consumer.seek({ topic: owned.topic, partition: owned.partition, offset })
  }
  const release = (owned: Owned, reason: PauseReason): void => {
    if (owned.paused.delete(reason)) apply(owned)
  }

  return {
    apply,
    hold,
    release,
    holdUntil(owned, offset, dueMs) {
      hold(owned, 'retry_wait', offset)
      clearTimeout(owned.retryTimer)
      const waitMs = Math.max(0, Math.min(dueMs - Date.now(), LONGEST_TIMER_MS))
      owned.retryTimer = setTimeout(() => release(owned, 'retry_wait'), waitMs)
    },
    holdAll(reason) {
      forAll.add(reason)
      applyAll()
    },
    releaseAll(reason) {
      forAll.delete(reason)
      applyAll()
    },
    get all() {
      return forAll.size > 0
    },
    count(reason) {
      const owned = assignment.all()
      return forAll.has(reason) ? owned.length : owned.filter(({ paused }) => paused.has(reason)).length
    },
  }
}
