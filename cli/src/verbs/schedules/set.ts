import { CATCH_UPS } from '@pokepedia/storage'
import { oneText } from '../../args.ts'
import { putSchedule } from '../../schedules-client.ts'
import { seedOptions } from '../../seed-options.ts'
import { readStackJson } from '../../stack-json.ts'
import { openTerminal } from '../../terminal.ts'
import { layoutOf } from '../../up/layout.ts'
import type { Cli } from '../common.ts'
import { nameArgument } from './name.ts'

/** `pokepedia schedules set NAME --cron EXPRESSION`: creates a schedule, or replaces all that is known of it. */
export const addSet = (cli: Cli): Cli =>
  cli.command(
    'set <name>',
    'Create a schedule, or replace all of it',
    (verb) =>
      verb
        .positional('name', nameArgument)
        .option('cron', {
          type: 'string',
          demandOption: true,
          requiresArg: true,
          describe: 'Five fields, or six with seconds first',
          coerce: oneText('cron'),
        })
        .option('time-zone', {
          type: 'string',
          requiresArg: true,
          describe: 'IANA name (UTC)',
          coerce: oneText('time-zone'),
        })
        .options(seedOptions)
        .option('catch-up', {
          choices: CATCH_UPS,
          describe: 'After a time without a seeder: one run for all that was missed (once), or none (skip)',
        })
        .option('disabled', { type: 'boolean', default: false, describe: 'Keep it, and do not run it' })
        .option('note', { type: 'string', requiresArg: true, describe: 'For people', coerce: oneText('note') }),
    async ({ name, cron, timeZone, types, limit, force, catchUp, disabled, note, ...args }) => {
      const stack = await readStackJson(layoutOf(args.directory))
      const body = { cron, timeZone, types, limit, force, catchUp, enabled: !disabled, note }
      const schedule = await putSchedule(stack, name, body)
      const next = schedule.nextAt === null ? 'it is disabled' : `it is due at ${schedule.nextAt}`
      openTerminal(args.json).result(schedule, `${name} is set; ${next}`)
    },
  )
