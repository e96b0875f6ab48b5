import { z } from 'zod'
import { resourcePathSchema, runIdSchema } from './ids.ts'

/** The event of `pokepedia.changes`: a stored resource is another than before. */
export const resourceChangedSchema = z.object({
  path: resourcePathSchema,
  /** SHA-256 of the document before; null where there was none, or what there was was marked gone. */
  oldHash: z.string().nullable(),
  /** SHA-256 of the document now; null where the upstream no longer has it. */
  newHash: z.string().nullable(),
  /** Where the two documents differ (RFC 6901), 100 places at most; empty where one of them is not there. */
  pointers: z.array(z.string()),
  /** Whether they differ in more places than `pointers` has. */
  morePointers: z.boolean(),
  /** Whether the upstream no longer has it. */
  gone: z.boolean(),
  /** Null where the event that found it belonged to no run. */
  runId: runIdSchema.nullable(),
  /** When the request was sent that found it; epoch milliseconds. */
  changedAt: z.number().int().nonnegative(),
})
export type ResourceChanged = z.infer<typeof resourceChangedSchema>
