import { createHash } from 'node:crypto'
import { messageOf } from '@pokepedia/errors'
import { type ResourcePath, resourcePath } from '@pokepedia/events'
import { z } from 'zod'

const MAX_TYPES = 100
const MAX_PATHS = 2_000

const pathSchema = z.string().transform((text, context): ResourcePath => {
  try {
    return resourcePath(text)
  } catch (error) {
    context.issues.push({ code: 'custom', message: messageOf(error), input: text.slice(0, 200) })
    return z.NEVER
  }
})

const typesSchema = z.array(z.string().min(1).max(200)).min(1).max(MAX_TYPES)

/** The body of `POST /v1/seed`. Empty lists are refused, for "nothing" and "everything" must not be one typo apart. */
export const seedRequestSchema = z.strictObject({
  types: typesSchema.optional(),
  paths: z.array(pathSchema).min(1).max(MAX_PATHS).optional(),
  limit: z.int().min(1).optional(),
  /** Fetch without validators. */
  force: z.boolean().default(false),
  /** Count what would be requested; makes no run. */
  dryRun: z.boolean().default(false),
})
export type SeedRequest = z.infer<typeof seedRequestSchema>

/** The body of `POST /v1/discover`; no types mean all. */
export const discoverRequestSchema = z.strictObject({ types: typesSchema.optional() })

/** For the `Idempotency-Key` header. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 visible ASCII characters')
  .optional()

const sorted = (list: readonly string[] | undefined): string[] | null => (list ? [...new Set(list)].sort() : null)

/** Equal for requests that mean the same: SHA-256 in hex, whatever the order of types and paths. */
export const requestHashOf = ({ types, paths, limit, force }: SeedRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([sorted(types), sorted(paths), limit ?? null, force]))
    .digest('hex')
