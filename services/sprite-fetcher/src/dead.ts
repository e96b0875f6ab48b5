import { type SpriteRequested, spritesQueue } from '@pokepedia/events'
import type { DeadLetter } from '@pokepedia/pipeline'
import { type Store, settle } from '@pokepedia/storage'

/** Notes a dead letter in the run ledger. Without an event the record's own key and header tell whose it was. */
export const settleDead =
  (store: Store) =>
  async ({ event, delivery, runId, error }: DeadLetter<SpriteRequested>): Promise<void> => {
    const key = event?.url ?? delivery.key
    if (key === null) return
    await settle(store, {
      runId: event?.runId ?? runId ?? null,
      queue: spritesQueue.name,
      key,
      outcome: 'dead',
      errorCode: error.code,
    })
  }
