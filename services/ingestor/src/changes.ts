import type { ResourceChanged } from '@pokepedia/events'
import type { Emit } from '@pokepedia/pipeline'
import { killPoint, type Log, repeat } from '@pokepedia/service'
import { claimChanges, clearChanges, releaseChanges, type Store } from '@pokepedia/storage'

export interface ChangesParts {
  readonly store: Store
  readonly emit: Emit<ResourceChanged>
  readonly log: Log
}

export interface Changes extends AsyncDisposable {
  /**
   * Sends what is committed by now and resolves when Kafka has it. Calls that come while changes are being sent share the
   * next sending. Throws classified errors; then the changes stay in the database for the next one.
   */
  send(): Promise<void>
}

const BATCH = 500
/** For what a killed ingestor left. */
const LOOK_EVERY_MS = 1_000

const sendBatch = async ({ store, emit }: ChangesParts): Promise<number> => {
  const changes = await claimChanges(store, BATCH)
  if (changes.length === 0) return 0
  // Each has the trace of its own event. All are waited for, so that none is on its way when it is given back.
  const results = await Promise.allSettled(changes.map(({ event, traceparent }) => emit([event], traceparent)))
  killPoint('changes_acked')
  const idsThat = (status: 'fulfilled' | 'rejected'): string[] =>
    changes.flatMap(({ id }, i) => (results[i]?.status === status ? [id] : []))
  await clearChanges(store, idsThat('fulfilled'))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) {
    await releaseChanges(store, idsThat('rejected'))
    throw failed.reason
  }
  return changes.length
}

/**
 * Sends what is noted in `pokepedia_changes`, where the transaction of each change has put it: at least once, and a
 * resource's changes in their order. Whatever ingestor is there sends what another left.
 */
export const startSendingChanges = (parts: ChangesParts): Changes => {
  let sending: Promise<void> | undefined
  let next: Promise<void> | undefined

  const sendAll = async (): Promise<void> => {
    while ((await sendBatch(parts)) === BATCH);
  }
  const start = (): Promise<void> => {
    const mine = sendAll().finally(() => {
      if (sending === mine) sending = undefined
    })
    sending = mine
    return mine
  }
  // A sending that is under way may have looked before the caller's commit.
  const send = (): Promise<void> => {
    if (!sending) return start()
    next ??= sending
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }

  const looking = repeat('sending changes', LOOK_EVERY_MS, send, parts.log)
  return {
    send,
    async [Symbol.asyncDispose]() {
      await looking[Symbol.asyncDispose]()
      await Promise.allSettled([sending, next])
    },
  }
}
