import type { z } from 'zod'
import { scrub } from '../telemetry/scrub.ts'
import { editDistance } from './edit-distance.ts'
import { knownSettings } from './known-settings.ts'

const secrets = new Set(knownSettings.filter(({ secret }) => secret).map(({ name }) => name))

/** A family name shorter than this is part of other programs' variables as well: HTTPS_PORT is no slip of HTTP_PORT. */
const UNMISTAKABLE = 5
const familyOf = (name: string): string => name.slice(0, name.indexOf('_'))

const meant = (name: string, settingName: string): boolean => {
  const family = familyOf(settingName)
  return (familyOf(name) === family || family.length >= UNMISTAKABLE) && editDistance(name, settingName) <= 2
}

const typosIn = (names: string[], known: ReadonlySet<string>): string[] =>
  names
    .filter((name) => !known.has(name))
    .flatMap((name) => {
      const setting = [...known].find((candidate) => meant(name, candidate))
      return setting === undefined ? [] : [`${name}: is no setting; did you mean ${setting}?`]
    })

const faultOf = (issue: z.core.$ZodIssue, given: Record<string, string>): string => {
  const name = String(issue.path[0] ?? '')
  const value = given[name]
  if (value === undefined) return `${name}: ${issue.message}`
  return `${name}: ${issue.message}, is ${secrets.has(name) ? 'something else (not shown)' : `'${scrub(value).slice(0, 200)}'`}`
}

const given = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()] as const] : [])),
  )

/** What is wrong with the environment, a line for each variable; empty when nothing is. */
export const configFaults = (schema: z.ZodObject, env: NodeJS.ProcessEnv): string[] => {
  const set = given(env)
  const parsed = schema.safeParse(set)
  const known = new Set([...knownSettings.map(({ name }) => name), ...Object.keys(schema.shape)])
  const faults = parsed.error?.issues.map((issue) => faultOf(issue, set)) ?? []
  return [...new Set([...faults, ...typosIn(Object.keys(set), known)])]
}

/**
 * Reads a process's settings from the environment: a frozen value with the variables' names as keys. An empty variable
 * counts as absent. Faults are all printed to stderr, one a line, by the variable's name, without values of secrets;
 * a variable that differs from a setting's name by two letters is one of them. The process then exits with 2.
 */
export const loadConfig = <Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv = process.env,
): z.infer<Schema> => {
  const faults = configFaults(schema, env)
  if (faults.length > 0) {
    console.error(faults.join('\n'))
    process.exit(2)
  }
  const config = schema.parse(given(env))
  Object.freeze(config)
  return config
}
