import { configFaults, givenSettings } from '@pokepedia/service'
import type { z } from 'zod'
import { usageError } from './failure.ts'

/**
 * Settings of the services that a verb shares, read as they read them. Throws a usage error with what is wrong in the
 * environment, as far as it counts for the verb; what is wrong with the settings themselves always does.
 */
export const cliSettings = <Schema extends z.ZodObject>(
  schema: Schema,
  counts: (fault: string) => boolean = () => true,
): z.infer<Schema> => {
  const faults = configFaults(schema, process.env).filter(counts)
  if (faults.length > 0) throw usageError(faults.join('; '))
  return schema.parse(givenSettings(schema, process.env))
}

/** Faults of the schema's own variables, whatever else the environment has. */
export const ofItsOwn =
  (schema: z.ZodObject) =>
  (fault: string): boolean =>
    Object.keys(schema.shape).some((name) => fault.startsWith(`${name}:`))
