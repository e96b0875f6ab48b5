import { readFileSync } from 'node:fs'
import { messageOf } from '@pokepedia/errors'
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

const secretIn = (name: string, file: string, isSet: boolean): { value: string } | { fault: string } => {
  if (isSet) return { fault: `${name}_FILE: ${name} is set, too; remove one of them` }
  try {
    const value = readFileSync(file, 'utf8').trim()
    return value === '' ? { fault: `${name}_FILE: the file is empty` } : { value }
  } catch (cause) {
    return { fault: `${name}_FILE: the file can't be read: ${messageOf(cause)}` }
  }
}

/** The variables that are set; a secret may stand in a file that NAME_FILE names, as container platforms mount them. */
const withSecrets = (schema: z.ZodObject, env: NodeJS.ProcessEnv) => {
  const set = given(env)
  const faults: string[] = []
  for (const name of secrets) {
    const file = set[`${name}_FILE`]
    if (file === undefined || !(name in schema.shape)) continue
    const found = secretIn(name, file, set[name] !== undefined)
    if ('value' in found) set[name] = found.value
    else faults.push(found.fault)
  }
  return { set, faults }
}

/** What is set of a schema's variables, as it parses them: trimmed, none of them empty, secrets from their files. */
export const givenSettings = (schema: z.ZodObject, env: NodeJS.ProcessEnv): Record<string, string> =>
  withSecrets(schema, env).set

/** What makes no sense by itself but together with another setting. */
const contradictionsIn = (set: Readonly<Record<string, string>>): string[] => {
  const { KAFKA_SASL_MECHANISM: mechanism = 'none' } = set
  if (mechanism === 'none') return []
  return ['KAFKA_USERNAME', 'KAFKA_PASSWORD']
    .filter((name) => set[name] === undefined && set[`${name}_FILE`] === undefined)
    .map((name) => `${name}: is required with KAFKA_SASL_MECHANISM=${mechanism}`)
}

/** What is wrong with the environment, a line for each variable; empty when nothing is. */
export const configFaults = (schema: z.ZodObject, env: NodeJS.ProcessEnv): string[] => {
  const { set, faults: unread } = withSecrets(schema, env)
  const parsed = schema.safeParse(set)
  const files = [...secrets].map((name) => `${name}_FILE`)
  const known = new Set([...knownSettings.map(({ name }) => name), ...files, ...Object.keys(schema.shape)])
  const issues = parsed.error?.issues ?? []
  const faults = issues.map((issue) => faultOf(issue, set))
  const isSound =
    'KAFKA_SASL_MECHANISM' in schema.shape && !issues.some(({ path }) => path[0] === 'KAFKA_SASL_MECHANISM')
  const wrong = isSound ? contradictionsIn(set) : []
  return [...new Set([...unread, ...faults, ...wrong, ...typosIn(Object.keys(set), known)])]
}

/**
 * Reads a process's settings from the environment: a frozen value with the variables' names as keys. An empty variable
 * counts as absent; a secret may be given as NAME_FILE, the file that holds it. Faults are all printed to stderr, one a
 * line, by the variable's name, without values of secrets; a variable that differs from a setting's name by two letters
 * is one of them. The process then exits with 2.
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
  const config = schema.parse(givenSettings(schema, env))
  Object.freeze(config)
  return config
}
