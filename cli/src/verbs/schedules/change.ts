import { deleteSchedule, patchSchedule, postRunSchedule } from '../../schedules-client.ts'
import { readStackJson } from '../../stack-json.ts'
import { openTerminal } from '../../terminal.ts'
import { layoutOf } from '../../up/layout.ts'
import type { Cli, CommonOptions } from '../common.ts'
import { nameArgument } from './name.ts'

interface NamedArguments extends CommonOptions {
  readonly name: string
}

const turn = async ({ name, ...args }: NamedArguments, enabled: boolean): Promise<void> => {
  const schedule = await patchSchedule(await readStackJson(layoutOf(args.directory)), name, { enabled })
  const text = schedule.nextAt === null ? `${name} is disabled` : `${name} is enabled; it is due at ${schedule.nextAt}`
  openTerminal(args.json).result(schedule, text)
}

/** `pokepedia schedules enable NAME`. */
export const addEnable = (cli: Cli): Cli =>
  cli.command(
    'enable <name>',
    'Have a schedule run again, from its next time on',
    (verb) => verb.positional('name', nameArgument),
    (args) => turn(args, true),
  )

/** `pokepedia schedules disable NAME`. */
export const addDisable = (cli: Cli): Cli =>
  cli.command(
    'disable <name>',
    'Keep a schedule and do not run it',
    (verb) => verb.positional('name', nameArgument),
    (args) => turn(args, false),
  )

/** `pokepedia schedules remove NAME`. */
export const addRemove = (cli: Cli): Cli =>
  cli.command(
    'remove <name>',
    'Remove a schedule; its runs go on',
    (verb) => verb.positional('name', nameArgument),
    async ({ name, ...args }) => {
      await deleteSchedule(await readStackJson(layoutOf(args.directory)), name)
      openTerminal(args.json).result({ removed: name }, `${name} is removed`)
    },
  )

/** `pokepedia schedules run NAME`. */
export const addRun = (cli: Cli): Cli =>
  cli.command(
    'run <name>',
    'Start a run of a schedule now, enabled or not',
    (verb) => verb.positional('name', nameArgument),
    async ({ name, ...args }) => {
      const { runId } = await postRunSchedule(await readStackJson(layoutOf(args.directory)), name)
      openTerminal(args.json).result({ runId, schedule: name }, runId)
    },
  )
