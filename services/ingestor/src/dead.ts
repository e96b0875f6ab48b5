import {
  ingestQueue,
  isResourcePath,
  type ResourceRequested,
  type SpriteRequested,
  traceparentOf,
} from '@pokepedia/events'
import type { DeadLetter, Emit } from '@pokepedia/pipeline'
import { type Store, settle } from '@pokepedia/storage'
import { unsentSprites } from './ingest.ts'

/**
 * Notes a dead letter in the run ledger, and sends what an earlier delivery of it left unsent. Without an event the
 * record's own key and header tell whose it was.
 */
export const settleDead =
  (store: Store, requestSprites: Emit<SpriteRequested>) =>
  async (letter: DeadLetter<ResourceRequested>): Promise<void> => {
    const key = letter.event?.path ?? letter.delivery.key
    const runId = letter.event?.runId ?? letter.runId ?? null
    if (key === null) return
    if (isResourcePath(key))
      await requestSprites(await unsentSprites(store, { runId, path: key }), traceparentOf(letter.delivery.headers))
    await settle(store, { runId, queue: ingestQueue.name, key, outcome: 'dead', errorCode: letter.error.code })
  }
