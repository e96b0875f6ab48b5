import { isRunId, type RunId } from '@pokepedia/events'
import { usageError } from './failure.ts'

// For yargs' `coerce`: what is wrong throws a usage error that names the option.

/** A whole number from 1. */
export const positiveInteger =
  (option: string) =>
  (value: unknown): number | undefined => {
    if (value === undefined) return undefined
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
    throw usageError(`--${option} must be a whole number from 1`)
  }

/** `a,b` or the option given several times. */
export const commaList =
  (option: string) =>
  (value: unknown): string[] | undefined => {
    if (value === undefined) return undefined
    const parts = [value].flat().flatMap((part) => String(part).split(','))
    const names = parts.map((part) => part.trim()).filter((part) => part !== '')
    if (names.length === 0) throw usageError(`--${option} needs at least one name`)
    return names
  }

/** An http(s) address with a slash at its end, which relative paths need. */
export const rootUrl =
  (option: string) =>
  (value: unknown): string | undefined => {
    if (value === undefined) return undefined
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw usageError(`--${option} must be an http or https address, for example https://pokeapi.co/api/v2/`)
    }
    return url.href.endsWith('/') ? url.href : `${url.href}/`
  }

/** The id of a run. */
export const runId = (value: unknown): RunId => {
  const text = String(value)
  if (isRunId(text)) return text
  throw usageError(`${JSON.stringify(text)} is no run id; \`pokepedia runs\` lists them`)
}

/** A text that must not be given twice or left empty. */
export const oneText =
  (option: string) =>
  (value: unknown): string | undefined => {
    if (value === undefined) return undefined
    if (typeof value === 'string' && value !== '') return value
    throw usageError(`--${option} needs one value`)
  }

/** The address of a Postgres database. */
export const postgresUrl =
  (option: string) =>
  (value: unknown): string | undefined => {
    if (value === undefined) return undefined
    const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
    if (url !== undefined && /^postgres(?:ql)?:$/.test(url.protocol)) return url.href
    throw usageError(`--${option} must be postgres://user:password@host:port/database`)
  }

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** An age as `90s`, `30m`, `2h` or `30d`, in milliseconds. */
export const age =
  (option: string) =>
  (value: unknown): number | undefined => {
    const text = oneText(option)(value)
    if (text === undefined) return undefined
    const [, count, unit = ''] = /^([1-9][0-9]{0,5})([smhd])$/.exec(text) ?? []
    if (count !== undefined) return Number(count) * (UNITS_MS[unit] ?? 0)
    throw usageError(`--${option} must be like 90s, 30m, 2h or 30d`)
  }

/** `2h` ago, or a point in time as ISO 8601. */
export const pointInTime =
  (option: string) =>
  (value: unknown): string | undefined => {
    const text = oneText(option)(value)
    if (text === undefined) return undefined
    const [, count, unit = ''] = /^([0-9]{1,6})([smhd])$/.exec(text) ?? []
    const ms = count === undefined ? Date.parse(text) : Date.now() - Number(count) * (UNITS_MS[unit] ?? 0)
    if (Number.isNaN(ms)) throw usageError(`--${option} must be like 30m, 2h, 1d, or 2026-01-31T12:00:00Z`)
    return new Date(ms).toISOString()
  }
