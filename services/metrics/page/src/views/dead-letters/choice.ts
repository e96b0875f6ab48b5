import { clockTime, counted } from '../../../../src/page/format.ts'

export interface LetterFilter {
  readonly queue?: string
  readonly code?: string
  readonly fingerprint?: string
  readonly type?: string
  readonly since?: string
}

/** Which letters are meant: some by their ids, or all that match. */
export type Choice = { readonly ids: readonly number[] } | { readonly filter: LetterFilter }

/** The choice as the API takes it; those that match are the ones that died before `until`. */
export const bodyOf = (choice: Choice, until: string): object =>
  'ids' in choice ? { ids: choice.ids } : { filter: { ...choice.filter, until } }

/** `dead letters with code http_503 in pokepedia.ingest that had died by 14:02:11 UTC` */
export const wordsOf = (choice: Choice, until: string): string => {
  if ('ids' in choice)
    return choice.ids.length === 1
      ? `dead letter ${choice.ids[0]}`
      : `${counted(choice.ids.length, 'selected dead letter')}`
  const { queue, code, fingerprint, type, since } = choice.filter
  const parts = [
    ...(code ? [`with code ${code}`] : []),
    ...(type ? [`of type ${type}`] : []),
    ...(queue ? [`in ${queue}`] : []),
    ...(fingerprint ? [`that failed alike (${fingerprint})`] : []),
    ...(since ? [`that died since ${clockTime(since)} UTC`] : []),
  ]
  return `${parts.length === 0 ? 'all open dead letters' : `open dead letters ${parts.join(' ')}`} that had died by ${clockTime(until)} UTC`
}

/** The same on the command line. */
export const commandOf = (verb: 'redrive' | 'discard', choice: Choice): string => {
  if ('ids' in choice) return `npx pokepedia dlq ${verb} ${choice.ids.join(' ')}`
  const options = Object.entries(choice.filter).map(([name, value]) => `--${name} ${value}`)
  return `npx pokepedia dlq ${verb} ${options.length === 0 ? '--all' : options.join(' ')}`
}
