import type { ResourcePath } from '@pokepedia/events'
import {
  compareCopies,
  completeness,
  type Fault,
  imageFaults,
  type Listing,
  linkFaults,
  type MediaKind,
  type ObjectStore,
  type OtherCopy,
  objectFaults,
  projectionFaults,
  type Store,
  type TypeCount,
} from '@pokepedia/storage'
import { failure } from '../failure.ts'
import { grouped } from '../terminal.ts'

/** What is verified, and against what. */
export interface VerifyOptions {
  readonly store: Store
  readonly objects: ObjectStore
  readonly listing: Listing
  readonly types: readonly string[] | undefined
  readonly olderThanMs: number
  readonly mediaKinds: readonly MediaKind[]
  /** All objects, so many of them by chance, or those of these URLs; none for an empty list. */
  readonly sample?: number | undefined
  readonly urls?: readonly string[] | undefined
  readonly against?: OtherCopy | undefined
  readonly say: (line: string) => void
}

export interface Verification {
  readonly types: readonly ({ readonly type: string } & TypeCount)[]
  /** How much was looked at. */
  readonly read: {
    readonly documents: number
    readonly objects: number
    readonly objectBytes: number
    readonly compared?: number
  }
  readonly faults: readonly Fault[]
}

const compare = async ({ store, against, types }: VerifyOptions) => {
  if (!against) return { faults: [] }
  const found = await compareCopies({ store, name: 'this copy' }, against, types)
  if (found) return found
  throw failure(`${against.name} has no table pokeapi_resources with the columns path and data`)
}

/** Everything that is wrong with the copy. Reads beside running services: a resource that is in work may be named. */
export const verifyCopy = async (options: VerifyOptions): Promise<Verification> => {
  const { store, objects, listing, types, say, mediaKinds, sample, urls } = options
  say('comparing the rows with the upstream’s lists')
  const checkedSince = new Date(Date.now() - options.olderThanMs)
  const rows = await completeness(store, { listing, types, checkedSince })
  const byType = [...rows.byType]
    .map(([type, count]) => ({ type, ...count }))
    .sort((a, b) => (a.type < b.type ? -1 : 1))
  const documents = byType.reduce((sum, { stored }) => sum + stored, 0)
  say(`following the links of ${grouped(documents)} documents`)
  const links = await linkFaults(store, { listing, types })
  const projections = await projectionFaults(store, types)
  const images = await imageFaults(store, mediaKinds, types)
  if (urls?.length !== 0) say('reading the stored files')
  const onProgress = (count: number): void => say(`  ${grouped(count)} files read`)
  const files =
    urls?.length === 0
      ? { faults: [], objects: 0, bytes: 0 }
      : await objectFaults(store, objects, { types, sample, urls, onProgress })
  if (options.against) say(`comparing with ${options.against.name}`)
  const copies = await compare(options)
  return {
    types: byType,
    read: {
      documents,
      objects: files.objects,
      objectBytes: files.bytes,
      ...('compared' in copies ? { compared: copies.compared } : {}),
    },
    faults: [...rows.faults, ...links, ...projections, ...images, ...files.faults, ...copies.faults],
  }
}

/** The paths whose seeding mends what was found, each once. */
export const pathsToSeed = (faults: readonly Fault[]): ResourcePath[] => [
  ...new Set(faults.flatMap(({ seeds }) => seeds)),
]
