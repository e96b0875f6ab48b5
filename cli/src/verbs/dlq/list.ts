import { positiveInteger } from '../../args.ts'
import { getGroups, getLetters } from '../../dead-letters-client.ts'
import { readStackJson, type StackJson } from '../../stack-json.ts'
import { columns, openTerminal, type Terminal } from '../../terminal.ts'
import { layoutOf } from '../../up/layout.ts'
import type { Cli } from '../common.ts'
import { filterOf, withFilter } from './options.ts'

const MESSAGE_WIDTH = 100
const brief = (message: string | null): string => (message ?? '').slice(0, MESSAGE_WIDTH)
const seconds = (time: string): string => time.slice(0, 19)

const listGroups = async (stack: StackJson, query: URLSearchParams, terminal: Terminal): Promise<void> => {
  const answer = await getGroups(stack, query)
  const rows = answer.groups.map((group) => [
    group.letters,
    group.queue,
    group.code,
    group.fingerprint ?? '-',
    seconds(group.firstDiedAt),
    seconds(group.lastDiedAt),
    String(group.sampleId),
    brief(group.message),
  ])
  const heads = ['letters', 'queue', 'code', 'fingerprint', 'first (UTC)', 'last (UTC)', 'newest', 'message']
  terminal.result(answer, rows.length === 0 ? 'no dead letter matches' : columns(heads, rows))
}

const listLetters = async (stack: StackJson, query: URLSearchParams, terminal: Terminal): Promise<void> => {
  const answer = await getLetters(stack, query)
  const rows = answer.letters.map((letter) => [
    String(letter.id),
    letter.outcome === null ? letter.state : `${letter.state}: ${letter.outcome}`,
    seconds(letter.diedAt),
    letter.queue,
    letter.code,
    letter.key ?? '-',
    brief(letter.message),
  ])
  const heads = ['id', 'state', 'died (UTC)', 'queue', 'code', 'key', 'message']
  const more = answer.next === null ? '' : `\nmore: --before ${answer.next}`
  terminal.result(answer, rows.length === 0 ? 'no dead letter matches' : `${columns(heads, rows)}${more}`)
}

/** `pokepedia dlq list`: dead letters, or with `--groups` what they have in common. */
export const addList = (cli: Cli): Cli =>
  cli.command(
    'list',
    'Dead letters, newest first; --groups puts those together that failed alike',
    (verb) =>
      withFilter(verb)
        .option('state', {
          choices: ['open', 'redriving', 'redriven', 'discarded', 'all'] as const,
          default: 'open' as const,
        })
        .option('groups', { type: 'boolean', describe: 'Count letters by failure' })
        .option('limit', {
          type: 'number',
          requiresArg: true,
          describe: 'At most N letters (50)',
          coerce: positiveInteger('limit'),
        })
        .option('before', {
          type: 'number',
          requiresArg: true,
          describe: 'The next page: letters with a smaller id',
          coerce: positiveInteger('before'),
        }),
    async (args) => {
      const stack = await readStackJson(layoutOf(args.directory))
      const query = new URLSearchParams({ ...filterOf(args), state: args.state })
      const terminal = openTerminal(args.json)
      if (args.groups) return listGroups(stack, query, terminal)
      if (args.limit !== undefined) query.set('limit', String(args.limit))
      if (args.before !== undefined) query.set('before', String(args.before))
      return listLetters(stack, query, terminal)
    },
  )
