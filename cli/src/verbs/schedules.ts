import type { Cli } from './common.ts'
import { addDisable, addEnable, addRemove, addRun } from './schedules/change.ts'
import { addList } from './schedules/list.ts'
import { addSet } from './schedules/set.ts'

/** `pokepedia schedules list|set|enable|disable|remove|run`: what starts runs by itself. */
export const addSchedules = (cli: Cli): Cli =>
  cli.command(
    'schedules',
    'What starts runs by itself: list, set, enable, disable, remove, run',
    (verb) => [addList, addSet, addEnable, addDisable, addRemove, addRun].reduce((verbs, add) => add(verbs), verb),
    () => undefined,
  )
