import { z } from 'zod'
import type { HostBudget } from '../host-budgets/host-turns.ts'
import { readSettingsFile } from './settings-file.ts'

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const ageSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,5}[smhd]$/, 'must be a whole number with s, m, h or d, like 6h')
  .transform((text) => Number(text.slice(0, -1)) * (UNITS_MS[text.slice(-1)] ?? 0))

const typeSchema = z.strictObject({
  /** Results asked for in one page of the type's list. */
  pageSize: z.int().min(1).max(100_000).optional(),
  /** Resources that were checked within this time are left out of a run. Parsed to milliseconds. */
  freshFor: ageSchema.optional(),
  /** Types with a higher one are requested first; 0 when not given. */
  priority: z.int().min(-1_000).max(1_000).optional(),
  /** What all processes together ask for resources of this type at most, within the budget of the host. */
  requestsPerSecond: z.number().positive().max(100_000).optional(),
  /** Requests for resources of this type that are under way at once, of all processes together. */
  inFlight: z.int().min(1).max(1_000).optional(),
})
/** The settings of one resource type, as far as they are given. */
export type TypeSettings = z.output<typeof typeSchema>

const typeName = z.string().regex(/^(?:\*|[a-z0-9-]{1,64})$/, 'must be the name of a resource type, or *')
const fileSchema = z.record(typeName, typeSchema)

/** The settings of resource types. */
export interface ResourceSettings {
  /** Those of a type; what it does not say itself, `*` says for it. */
  of(resourceType: string): TypeSettings
  /** The types that have settings of their own. */
  readonly named: readonly string[]
}

export const resourceSettingsOf = (byType: Readonly<Record<string, TypeSettings>>): ResourceSettings => {
  const known = new Map(Object.entries(byType))
  return {
    of: (resourceType) => ({ ...known.get('*'), ...known.get(resourceType) }),
    named: [...known.keys()].filter((name) => name !== '*'),
  }
}

/** Reads RESOURCE_SETTINGS_FILE; without a file no type has settings. Throws `settings_file_invalid`. */
export const readResourceSettings = async (file: string): Promise<ResourceSettings> =>
  resourceSettingsOf(file === '' ? {} : await readSettingsFile('RESOURCE_SETTINGS_FILE', file, fileSchema))

/** As good as no limit. */
const MANY = { requestsPerSecond: 100_000, inFlight: 1_000 }

/** The budget of a type's resources; undefined when it has none. Its name stands where else a host's stands. */
export const typeBudgetOf = (settings: ResourceSettings, resourceType: string): HostBudget | undefined => {
  const { requestsPerSecond, inFlight } = settings.of(resourceType)
  if (requestsPerSecond === undefined && inFlight === undefined) return undefined
  return {
    host: `type:${resourceType}`,
    requestsPerSecond: requestsPerSecond ?? MANY.requestsPerSecond,
    inFlight: inFlight ?? MANY.inFlight,
  }
}
