import { z } from 'zod'
import type { HostBudget } from '../host-budgets/host-turns.ts'

/** What a person needs to know about a setting. */
export interface SettingFacts {
  readonly description: string
  /** As it would be written in the environment; absent where the setting is required. */
  readonly default?: string
  readonly unit?: string
  /** Its value is never printed. */
  readonly secret?: boolean
}

/** The facts of each setting, by its schema. */
export const settingFacts = z.registry<SettingFacts>()

const given = (facts: SettingFacts) => {
  const text = z.string({ error: `is required: ${facts.description}` })
  return facts.default === undefined ? text : text.default(facts.default)
}

const known = <Schema extends z.ZodType>(schema: Schema, facts: SettingFacts): Schema => {
  settingFacts.add(schema, facts)
  return schema
}

const parts = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** A text that a rule holds for; `error` completes the sentence "NAME: …". */
export const textSetting = (facts: SettingFacts, rule: RegExp, error: string) =>
  known(
    given(facts).refine((text) => rule.test(text), { error }),
    facts,
  )

/** A whole number in a range. */
export const numberSetting = (facts: SettingFacts, least: number, most: number) => {
  const inRange = (text: string): boolean => /^[0-9]{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most
  return known(
    given(facts)
      .refine(inRange, { error: `must be ${least}..${most}` })
      .transform(Number),
    facts,
  )
}

/** One of a few words. */
export const wordSetting = <Word extends string>(facts: SettingFacts, words: readonly [Word, ...Word[]]) =>
  known(given(facts).pipe(z.enum(words, { error: `must be one of ${words.join(', ')}` })), facts)

/** `true` or `false`, as a boolean. */
export const switchSetting = (facts: SettingFacts) =>
  known(
    given(facts)
      .pipe(z.enum(['true', 'false'], { error: 'must be true or false' }))
      .transform((text) => text === 'true'),
    facts,
  )

/** Words from a few, separated by commas, at least one. */
export const wordsSetting = <Word extends string>(facts: SettingFacts, words: readonly [Word, ...Word[]]) => {
  const error = `must be a comma list of ${words.join(', ')}`
  return known(
    given(facts)
      .transform(parts)
      .pipe(z.array(z.enum(words, { error })).min(1, { error })),
    facts,
  )
}

const HOST = /^(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i

/** Hosts or host:port pairs, separated by commas. */
export const hostsSetting = (facts: SettingFacts, least: number, error: string, mustHavePort = false) => {
  const host = (text: string): boolean => HOST.test(text) && (!mustHavePort || /:[0-9]+$/.test(text))
  return known(
    given(facts)
      .transform(parts)
      .pipe(z.array(z.string().refine(host, { error })).min(least, { error })),
    facts,
  )
}

const budgetOf = (text: string): HostBudget | undefined => {
  const [, host = '', perSecond, inFlight] =
    /^(.+)=([0-9]{1,6}(?:\.[0-9]{1,6})?)\/s:([1-9][0-9]{0,3})$/.exec(text) ?? []
  const isHost = host === '*' || HOST.test(host)
  if (!isHost || !(Number(perSecond) > 0)) return undefined
  return { host: host.toLowerCase(), requestsPerSecond: Number(perSecond), inFlight: Number(inFlight) }
}

/** Budgets of hosts, as `pokeapi.co=20/s:8,*=10/s:4`; nothing for no limits. */
export const budgetsSetting = (facts: SettingFacts) => {
  const error = 'must be a comma list of HOST=REQUESTS/s:IN_FLIGHT, each host once'
  const budget = z.string().transform((text, context) => {
    const read = budgetOf(text)
    if (read) return read
    context.addIssue({ code: 'custom', message: error })
    return z.NEVER
  })
  const once = (budgets: readonly HostBudget[]): boolean =>
    new Set(budgets.map(({ host }) => host)).size === budgets.length
  return known(given(facts).transform(parts).pipe(z.array(budget).refine(once, { error })), facts)
}

/** A URL of the given schemes. */
export const urlSetting = (facts: SettingFacts, schemes: readonly string[]) => {
  const isUrl = (text: string): boolean => URL.canParse(text) && schemes.includes(new URL(text).protocol)
  const error = `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`
  return known(given(facts).refine(isUrl, { error }), facts)
}

/** An http(s) URL that resource paths are appended to: it ends with a slash, which is added where it is absent. */
export const rootUrlSetting = (facts: SettingFacts) => {
  const isRoot = (text: string): boolean => {
    if (!URL.canParse(text)) return false
    const { protocol, search, hash, username } = new URL(text)
    return /^https?:$/.test(protocol) && search === '' && hash === '' && username === ''
  }
  const error = 'must be an http:// or https:// URL without user, query and fragment'
  const withSlash = (text: string): string => (text.endsWith('/') ? text : `${text}/`)
  return known(given(facts).refine(isRoot, { error }).transform(withSlash), facts)
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const delayMs = (label: string): number => {
  const [, count, unit] = /^([1-9][0-9]{0,5})(ms|s|m|h)$/.exec(label) ?? []
  return Number(count) * (UNITS_MS[unit ?? ''] ?? Number.NaN)
}

/** Delays that grow, as `5s,30s,5m`. The text is handed on; `parseRetryTiers` of the events makes tiers of it. */
export const delaysSetting = (facts: SettingFacts) => {
  const grows = (text: string): boolean => {
    const delays = text.split(',').map((label) => delayMs(label.trim()))
    return delays.every((delay, i) => delay > (delays[i - 1] ?? 0))
  }
  return known(given(facts).refine(grows, { error: 'must be delays that grow, like 5s,30s,5m' }), facts)
}
