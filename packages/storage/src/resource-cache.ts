import { errors } from '@pokepedia/errors'
import type { ResourcePath } from '@pokepedia/events'
import { answered, inBatches } from './in-batches.ts'
import {
  confirmResources,
  type ResourceToConfirm,
  type ResourceToSave,
  type Saved,
  saveResources,
  type Validators,
  validatorsOf,
} from './resources.ts'
import type { Store } from './store.ts'

/** The documents in Postgres, read and written one by one by many at once, which share statements and transactions. */
export interface ResourceCache {
  /** What a conditional GET needs to know of the stored document; undefined when there is none, or it is gone. */
  validators(path: ResourcePath): Promise<Validators | undefined>
  /** See `saveResources`. */
  save(resource: ResourceToSave): Promise<Saved>
  /** See `confirmResources`; throws `pg_conflict` when the stored document is no longer the one that was asked about. */
  confirm(resource: ResourceToConfirm): Promise<Saved>
}

/** What the rows of a resource may take beside its text. */
const ROW_BYTES = 2_048

const stillStands = (saved: Saved | undefined, path: ResourcePath): Saved => {
  if (saved) return saved
  throw errors('pg_conflict', `${path} was stored anew while it was asked for; it is asked for again`)
}

/** Opens the cache; whoever opens another one shares nothing with it. */
export const openResourceCache = (store: Store): ResourceCache => {
  const keyOf = ({ path }: { readonly path: ResourcePath }): string => path
  const save = inBatches({
    keyOf,
    bytesOf: ({ text }: ResourceToSave) => text.length + ROW_BYTES,
    ask: (batch) => saveResources(store, batch),
  })
  const confirm = inBatches({
    keyOf,
    ask: (batch: readonly ResourceToConfirm[]) => confirmResources(store, batch),
  })
  return {
    validators: inBatches({
      keyOf: (path: ResourcePath) => path,
      ask: (paths) => validatorsOf(store, paths),
    }),
    save: async (resource) => answered(await save(resource), resource.path),
    confirm: async (resource) => stillStands(await confirm(resource), resource.path),
  }
}
