import type { Store } from '../store.ts'
import type { Fault } from './fault.ts'

/**
 * Puts in doubt what is stored and wrong, so that the next event fetches it whole and stores it anew; what is missing
 * needs none of it. A repair that is killed after this is finished by the next run that asks for these resources.
 */
export const putInDoubt = async (store: Store, faults: readonly Fault[]): Promise<void> => {
  const keysOf = (kinds: readonly Fault['kind'][]): string[] => [
    ...new Set(faults.filter(({ kind, seeds }) => kinds.includes(kind) && seeds.length > 0).map(({ key }) => key)),
  ]
  await store.query('putting resources in doubt', 'select pokepedia_doubt_resources($1)', [
    keysOf(['link', 'projection']),
  ])
  await store.query('putting files in doubt', 'select pokepedia_doubt_assets($1)', [keysOf(['object'])])
}
