import { messageOf } from '@pokepedia/errors'
import { killPoint, type Log } from '@pokepedia/service'
import type { Consumer } from 'kafkajs'
import type { Assignment } from './assignment.ts'

/**
 * Commits what has finished as a prefix since the last time, of every owned partition in one request. Says whether
 * there was anything, and the broker took it.
 */
export const commitFinished = async (consumer: Consumer, assignment: Assignment, log: Log): Promise<boolean> => {
  const ready = assignment.all().flatMap((owned) => {
    const offset = owned.window.committable()
    return offset === undefined ? [] : [{ owned, offset }]
  })
  if (ready.length === 0) return false
  killPoint('finished')
  try {
    await consumer.commitOffsets(
      ready.map(({ owned, offset }) => ({ topic: owned.topic, partition: owned.partition, offset: String(offset) })),
    )
    killPoint('offset_committed')
    for (const { owned, offset } of ready) owned.window.committed(offset)
    return true
  } catch (error) {
    // A rebalance or a broker that moves; the next round commits, or the next owner repeats idempotent work.
    log.debug({ event: 'commit.deferred', err: error }, `commit deferred: ${messageOf(error)}`)
    return false
  }
}
