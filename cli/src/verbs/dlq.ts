import type { Cli } from './common.ts'
import { addDiscard } from './dlq/discard.ts'
import { addList } from './dlq/list.ts'
import { addRedrive } from './dlq/redrive.ts'
import { addShow } from './dlq/show.ts'

/** `pokepedia dlq list|show|redrive|discard`: the dead letters of a running deployment. */
export const addDlq = (cli: Cli): Cli =>
  cli.command(
    'dlq',
    'Dead letters: list, show, redrive, discard',
    (verb) =>
      [addList, addShow, addRedrive, addDiscard]
        .reduce((verbs, add) => add(verbs), verb)
        .demandCommand(1, 'say what to do with dead letters: list, show, redrive or discard'),
    () => undefined,
  )
