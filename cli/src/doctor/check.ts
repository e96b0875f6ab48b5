import { setTimeout as delay } from 'node:timers/promises'
import { isPipelineError, messageOf } from '@pokepedia/errors'
import { scrub } from '@pokepedia/service'

/** One line of the doctor's report. */
export interface Check {
  readonly area: string
  readonly name: string
  readonly ok: boolean
  /** What was found. */
  readonly detail: string
  /** What to do about it; absent where nothing is wrong. */
  readonly todo?: string
}

/** Something to look at. What it throws becomes its own failed check. */
export interface Probe {
  readonly area: string
  readonly name: string
  /** What to do when it fails. */
  readonly todo: string
  /** A detail for one check, or several checks. */
  look(): Promise<string | readonly Check[]>
}

/** All probes run side by side, so this bounds the whole, whatever does not answer. */
const LIMIT_MS = 8_000

const late = async (): Promise<never> => {
  await delay(LIMIT_MS, undefined, { ref: false })
  throw new Error(`no answer within ${LIMIT_MS / 1_000} s`)
}

const messageWithHint = (error: unknown): string =>
  isPipelineError(error) ? `${error.message} (${error.code}: ${error.hint})` : messageOf(error)

const run = async ({ area, name, todo, look }: Probe): Promise<readonly Check[]> => {
  try {
    const found = await Promise.race([look(), late()])
    return typeof found === 'string' ? [{ area, name, ok: true, detail: found }] : found
  } catch (error) {
    return [{ area, name, ok: false, detail: scrub(messageWithHint(error)), todo }]
  }
}

/** Runs all probes side by side and returns their checks in the order of the probes, within about 8 s. */
export const runProbes = async (probes: readonly Probe[]): Promise<Check[]> =>
  (await Promise.all(probes.map(run))).flat()

/** For people: the checks by area, each ✔ or ✘ with what to do. */
export const checksText = (checks: readonly Check[]): string => {
  const areas = [...new Set(checks.map(({ area }) => area))]
  const line = ({ name, ok, detail, todo }: Check): string[] => [
    `  ${ok ? '✔' : '✘'} ${name}${detail === '' ? '' : `: ${detail}`}`,
    ...(todo === undefined ? [] : [`      → ${todo}`]),
  ]
  const failed = checks.filter(({ ok }) => !ok).length
  const verdict = failed === 0 ? `all ${checks.length} checks are well` : `${failed} of ${checks.length} checks failed`
  return [...areas.flatMap((area) => [area, ...checks.filter((one) => one.area === area).flatMap(line)]), verdict].join(
    '\n',
  )
}
