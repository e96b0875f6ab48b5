import type { Argv } from 'yargs'
import { oneText, pointInTime, positiveInteger } from '../../args.ts'
import { usageError } from '../../failure.ts'
import type { CommonOptions } from '../common.ts'

/** Adds the options that say which letters are meant. */
export const withFilter = (verb: Argv<CommonOptions>) =>
  verb
    .option('queue', { type: 'string', requiresArg: true, describe: 'Of this queue', coerce: oneText('queue') })
    .option('code', { type: 'string', requiresArg: true, describe: 'With this error code', coerce: oneText('code') })
    .option('fingerprint', {
      type: 'string',
      requiresArg: true,
      describe: 'That failed alike; `dlq list --groups` shows fingerprints',
      coerce: oneText('fingerprint'),
    })
    .option('type', { type: 'string', requiresArg: true, describe: 'Of this resource type', coerce: oneText('type') })
    .option('since', {
      type: 'string',
      requiresArg: true,
      describe: 'That died since: 30m, 2h, 1d ago or a time',
      coerce: pointInTime('since'),
    })
    .option('until', {
      type: 'string',
      requiresArg: true,
      describe: 'That died before: 30m, 2h, 1d ago or a time',
      coerce: pointInTime('until'),
    })

export interface FilterArgs {
  readonly queue: string | undefined
  readonly code: string | undefined
  readonly fingerprint: string | undefined
  readonly type: string | undefined
  readonly since: string | undefined
  readonly until: string | undefined
}

/** What was given of the filter. */
export const filterOf = ({ queue, code, fingerprint, type, since, until }: FilterArgs): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ queue, code, fingerprint, type, since, until }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )

/** Adds the ids and `--all` of verbs that change letters. */
export const withChoice = (verb: Argv<CommonOptions>) =>
  withFilter(verb)
    .positional('ids', { describe: 'These letters', array: true, coerce: letterIds })
    .option('all', { type: 'boolean', default: false, describe: 'Every open letter' })

const letterIds = (values: unknown): number[] =>
  [values ?? []].flat().map((value) => {
    const id = positiveInteger('id')(Number(value))
    if (id === undefined) throw usageError(`${JSON.stringify(value)} is no id; \`pokepedia dlq list\` shows them`)
    return id
  })

/** The letters that were chosen, as the API wants them: by ids, by a filter, or all that are open. */
export const choiceOf = (args: FilterArgs & { ids: number[]; all: boolean }): object => {
  const filter = filterOf(args)
  const choices = [
    ...(args.ids.length > 0 ? [{ ids: args.ids }] : []),
    ...(Object.keys(filter).length > 0 ? [{ filter }] : []),
    ...(args.all ? [{ all: true }] : []),
  ]
  const [choice, another] = choices
  if (!choice || another) throw usageError('say which letters: ids, a filter such as --code, or --all')
  return choice
}
