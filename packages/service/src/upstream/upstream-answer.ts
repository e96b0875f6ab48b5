import type { HostBudget } from '../host-budgets/host-turns.ts'

/** What an upstream host answered. `startedAt` is when the request was written to its connection. */
export type UpstreamAnswer =
  | {
      readonly status: 'ok'
      /** Decompressed. */
      readonly body: Buffer
      readonly etag: string | null
      readonly lastModified: string | null
      readonly contentType: string | null
      readonly startedAt: Date
      /** Where the answer came from, after redirects. */
      readonly url: string
    }
  | { readonly status: 'not-modified'; readonly startedAt: Date }
  | { readonly status: 'gone'; readonly httpStatus: 404 | 410; readonly startedAt: Date }

export interface GetOptions {
  /** Limit of the decompressed body. */
  readonly maxBytes: number
  /** An entity tag as it came, quotes included. */
  readonly ifNoneMatch?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** The `Accept` header; anything by default. */
  readonly accept?: string | undefined
  /** A budget that the request stays within besides its host's; needs a source of turns, like those of hosts. */
  readonly within?: HostBudget | undefined
}
