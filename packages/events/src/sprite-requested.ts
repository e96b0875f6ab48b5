import { errors } from '@pokepedia/errors'
import { z } from 'zod'
import { resourcePathSchema, runIdSchema } from './ids.ts'

/** The event of `pokepedia.sprites`: download one media file. */
export const spriteRequestedSchema = z.object({
  runId: runIdSchema.nullable().default(null),
  url: z.url({ protocol: /^https?$/ }).max(2_048),
  resourcePath: resourcePathSchema.nullable().default(null),
  /** Where in the resource's document the URL stands (RFC 6901). */
  jsonPointer: z.string().nullable().default(null),
  /** Epoch milliseconds. */
  requestedAt: z
    .number()
    .int()
    .nonnegative()
    .default(() => Date.now()),
})
export type SpriteRequested = z.infer<typeof spriteRequestedSchema>

/** An event from JSON that a person typed: `{"url":"…"}` is enough. Throws `undecodable`. */
export const spriteRequestedFromJson = (value: unknown): SpriteRequested => {
  const given = spriteRequestedSchema.safeParse(value)
  if (given.success) return given.data
  throw errors('undecodable', z.prettifyError(given.error))
}
