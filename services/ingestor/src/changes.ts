import type { ResourceChanged, ResourcePath } from '@pokepedia/events'
import type { Emit } from '@pokepedia/pipeline'
import { killPoint, type Log, repeat } from '@pokepedia/service'
import {
  claimChanges,
  claimChangesOf,
  clearChanges,
  inBatches,
  releaseChanges,
  type Store,
  type UnsentChange,
} from '@pokepedia/storage'

export interface ChangesParts {
  readonly store: Store
  readonly emit: Emit<ResourceChanged>
  readonly log: Log
}

export interface Changes extends AsyncDisposable {
  /**
   * Sends the oldest change of a resource that nobody is sending, and resolves when Kafka has it. Calls that come while
   * changes are being sent share the next sending. Throws classified errors; then the change stays in the database for
   * the next one.
   */
  send(path: ResourcePath): Promise<void>
}

const BATCH = 500
/** For what a killed ingestor left. */
const LOOK_EVERY_MS = 1_000

const sendClaimed = async ({ store, emit }: ChangesParts, changes: readonly UnsentChange[]): Promise<void> => {
  if (changes.length === 0) return
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
}

/**
 * Sends what is noted in `pokepedia_changes`, where the transaction of each change has put it: at least once, and a
 * resource's changes in their order. Whatever ingestor is there sends what another left.
 */
export const startSendingChanges = (parts: ChangesParts): Changes => {
  const { store, log } = parts
  const underWay = new Set<Promise<unknown>>()
  const send = inBatches<ResourcePath, undefined>({
    keyOf: (path) => path,
    async ask(paths) {
      await sendClaimed(parts, await claimChangesOf(store, paths))
      return new Map<string, undefined>()
    },
  })
  const sendWhatIsLeft = async (): Promise<void> => {
    for (;;) {
      const changes = await claimChanges(store, BATCH)
      await sendClaimed(parts, changes)
      if (changes.length < BATCH) return
    }
  }
  const looking = repeat('sending changes', LOOK_EVERY_MS, sendWhatIsLeft, log)
  return {
    async send(path) {
      const sending = send(path)
      underWay.add(sending)
      await sending.finally(() => underWay.delete(sending))
    },
    async [Symbol.asyncDispose]() {
      await looking[Symbol.asyncDispose]()
      await Promise.allSettled(underWay)
    },
  }
}
