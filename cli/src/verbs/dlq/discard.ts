import { postDiscard } from '../../dead-letters-client.ts'
import { readStackJson } from '../../stack-json.ts'
import { openTerminal } from '../../terminal.ts'
import { layoutOf } from '../../up/layout.ts'
import type { Cli } from '../common.ts'
import { choiceOf, withChoice } from './options.ts'

/** `pokepedia dlq discard`: gives letters up. */
export const addDiscard = (cli: Cli): Cli =>
  cli.command(
    'discard [ids..]',
    'Give open dead letters up; they stay listed with --state discarded',
    withChoice,
    async (args) => {
      const choice = choiceOf({ ...args, ids: args.ids ?? [] })
      const discarded = await postDiscard(await readStackJson(layoutOf(args.directory)), choice)
      openTerminal(args.json).result({ discarded }, `${discarded} discarded`)
    },
  )
