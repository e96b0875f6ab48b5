import { usageError } from '../../failure.ts'

/** Checks the name of a schedule. */
export const scheduleName = (value: unknown): string => {
  const text = String(value)
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text
  throw usageError(`${JSON.stringify(text)} is no name of a schedule; write 1 to 63 characters of a-z, 0-9 and hyphen`)
}

/** The positional argument of every verb that is about one schedule. */
export const nameArgument = {
  type: 'string',
  demandOption: true,
  describe: 'Name of the schedule',
  coerce: scheduleName,
} as const
