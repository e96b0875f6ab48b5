import { type RunId, type SpriteRequested, spritesQueue } from '@pokepedia/events'
import { openSchemas } from '@pokepedia/events/schemas'
import { emitterOf, openProducer } from '@pokepedia/pipeline'
import { Scope } from '@pokepedia/service'
import { type MediaKind, mediaInFlight, openMediaRun, type Store } from '@pokepedia/storage'
import { kafkaOf } from '../deployment-kafka.ts'
import type { StackJson } from '../stack-json.ts'

/** How many events went into which run; the run is null where there was nothing to ask for. */
export interface RequestedMedia {
  readonly runId: RunId | null
  readonly requested: number
}

/**
 * Requests the media that the documents at these paths name, in a run of its own. Every file is in the ledger before
 * the first event leaves; killed meanwhile, the next call sends what has no outcome yet.
 */
export const requestMedia = async (
  stack: StackJson,
  store: Store,
  paths: readonly string[],
  kinds: readonly MediaKind[],
): Promise<RequestedMedia> => {
  await using scope = new Scope()
  const writer = await openSchemas(stack.schemaRegistry).spriteWriter()
  const producer = scope.add(await openProducer(kafkaOf(stack)))
  const emit = emitterOf<SpriteRequested>(producer, spritesQueue, ({ url }) => url, writer)
  const run = await openMediaRun(store, { paths, kinds })
  if (!run) return { runId: null, requested: 0 }
  let requested = 0
  for await (const media of mediaInFlight(store, run.id)) {
    const requestedAt = Date.now()
    await emit(
      media.map((one) => ({ ...one, runId: run.id, requestedAt })),
      run.traceparent,
    )
    requested += media.length
  }
  return { runId: run.id, requested }
}
