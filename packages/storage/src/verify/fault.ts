import type { ResourcePath } from '@pokepedia/events'

/** What `verify` looks for; docs/verify.md says what each means. */
export const FAULT_KINDS = ['missing', 'extra', 'stale', 'link', 'projection', 'image', 'object', 'differs'] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** Something that is wrong with the copy. */
export interface Fault {
  readonly kind: FaultKind
  /** The resource's path; of an image its URL. */
  readonly key: string
  readonly detail: string
  /** The resources whose seeding mends it; empty when nothing can be done from here. */
  readonly seeds: readonly ResourcePath[]
}
