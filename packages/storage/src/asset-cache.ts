import { errors } from '@pokepedia/errors'
import {
  type AssetToConfirm,
  type AssetToFind,
  type AssetToSave,
  type ConfirmedAsset,
  confirmAssets,
  type FoundAsset,
  findAssets,
  type SavedAsset,
  saveAssets,
} from './assets.ts'
import { answered, inBatches } from './in-batches.ts'
import type { Store } from './store.ts'

/** What Postgres knows of media files, read and written one by one by many at once, who share statements and transactions. */
export interface AssetCache {
  /** See `findAssets`. */
  find(asset: AssetToFind): Promise<FoundAsset>
  /** See `saveAssets`. */
  save(asset: AssetToSave): Promise<SavedAsset>
  /** See `confirmAssets`; throws `unexpected_304` for a file that is not stored. */
  confirm(asset: AssetToConfirm): Promise<ConfirmedAsset>
}

const isStored = (outcome: ConfirmedAsset | undefined, url: string): ConfirmedAsset => {
  if (outcome !== undefined) return outcome
  throw errors('unexpected_304', `${url} is not stored; it is asked for again`)
}

/** Opens the cache; whoever opens another one shares nothing with it. */
export const openAssetCache = (store: Store): AssetCache => {
  const keyOf = ({ url }: { readonly url: string }): string => url
  const find = inBatches({ keyOf, ask: (batch: readonly AssetToFind[]) => findAssets(store, batch) })
  const save = inBatches({ keyOf, ask: (batch: readonly AssetToSave[]) => saveAssets(store, batch) })
  const confirm = inBatches({ keyOf, ask: (batch: readonly AssetToConfirm[]) => confirmAssets(store, batch) })
  return {
    find: async (asset) => answered(await find(asset), asset.url),
    save: async (asset) => answered(await save(asset), asset.url),
    confirm: async (asset) => isStored(await confirm(asset), asset.url),
  }
}
