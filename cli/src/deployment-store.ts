import { createLog } from '@pokepedia/service'
import { openStore, type Store } from '@pokepedia/storage'
import { type ObjectStore, openObjectStore } from '@pokepedia/storage/object-store'
import type { StackJson } from './stack-json.ts'

const log = createLog('cli', 'silent')

/** The database of a running deployment. */
export const storeOf = (stack: StackJson): Store => openStore({ url: stack.postgres, poolSize: 2 }, log)

/** The object store of a running deployment. */
export const objectsOf = ({ s3 }: StackJson): ObjectStore =>
  openObjectStore({ ...s3, region: s3.region ?? 'us-east-1' })
