import { oneText, positiveInteger } from '../args.ts'
import { getRedrive, getRedrives, postCancel, type RedriveView } from '../dead-letters-client.ts'
import { usageError } from '../failure.ts'
import { readStackJson } from '../stack-json.ts'
import { columns, openTerminal } from '../terminal.ts'
import { layoutOf } from '../up/layout.ts'
import type { Cli } from './common.ts'

const table = (redrives: readonly RedriveView[]): string => {
  const rows = redrives.map(({ id, state, createdAt, selected, overCap, rate, filter, summary }) => [
    id,
    state,
    createdAt.slice(0, 19),
    selected,
    overCap,
    rate,
    JSON.stringify(filter).slice(0, 60),
    summary,
  ])
  const heads = ['redrive', 'state', 'created (UTC)', 'letters', 'over the cap', 'rate', 'filter', 'outcome']
  return rows.length === 0 ? 'no redrive yet; `pokepedia dlq redrive` starts one' : columns(heads, rows)
}

const redriveId =
  (name: string) =>
  (value: unknown): string | undefined => {
    const text = oneText(name)(value)
    if (text === undefined || /^[0-9a-f-]{36}$/.test(text)) return text
    throw usageError(`${JSON.stringify(text)} is no redrive id; \`pokepedia redrives\` lists them`)
  }

/** `pokepedia redrives [ID]`: redrives and their outcomes; `--cancel ID` ends one. */
export const addRedrives = (cli: Cli): Cli =>
  cli.command(
    'redrives [id]',
    'The newest redrives and what became of their letters, or one of them',
    (verb) =>
      verb
        .positional('id', { type: 'string', describe: 'This one only', coerce: redriveId('id') })
        .option('cancel', {
          type: 'string',
          requiresArg: true,
          describe: 'Send nothing more of this redrive; what it has not sent is open again',
          coerce: redriveId('cancel'),
        })
        .option('limit', {
          type: 'number',
          requiresArg: true,
          describe: 'At most N redrives (20)',
          coerce: positiveInteger('limit'),
        })
        .conflicts('cancel', 'id'),
    async (args) => {
      const stack = await readStackJson(layoutOf(args.directory))
      const terminal = openTerminal(args.json)
      if (args.cancel !== undefined) {
        const cancelled = await postCancel(stack, args.cancel)
        terminal.result(cancelled, cancelled.summary)
      } else if (args.id !== undefined) {
        const redrive = await getRedrive(stack, args.id)
        terminal.result(redrive, table([redrive]))
      } else {
        const answer = await getRedrives(stack, args.limit ?? 20)
        terminal.result(answer, table(answer.redrives))
      }
    },
  )
