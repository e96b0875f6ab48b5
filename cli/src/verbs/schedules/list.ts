import { listSchedules, type Schedule } from '@pokepedia/storage'
import { storeOf } from '../../deployment-store.ts'
import { readStackJson } from '../../stack-json.ts'
import { columns, openTerminal } from '../../terminal.ts'
import { layoutOf } from '../../up/layout.ts'
import type { Cli } from '../common.ts'

const time = (at: Date | null | undefined): string => at?.toISOString().slice(0, 19) ?? '-'

const whatOf = ({ request: { types, limit, force } }: Schedule): string =>
  [
    types?.join(',') ?? 'everything',
    ...(limit === undefined ? [] : [`limit ${limit}`]),
    ...(force ? ['force'] : []),
  ].join(' ')

const rowOf = (schedule: Schedule): (string | number)[] => [
  schedule.name,
  schedule.enabled ? 'on' : 'off',
  schedule.cron,
  schedule.timeZone,
  whatOf(schedule),
  time(schedule.nextAt),
  time(schedule.lastRunAt),
  schedule.lastRun?.state ?? '-',
  time(schedule.lastSuccessAt),
  schedule.missed,
  schedule.skipped,
]

const HEADS = ['schedule', '', 'cron', 'time zone', 'what', 'next (UTC)', 'last run (UTC)', 'its state']

/** `pokepedia schedules [list]`. */
export const addList = (cli: Cli): Cli =>
  cli.command(
    ['list', '$0'],
    'Every schedule, when it is due and what became of its last run',
    (verb) => verb,
    async (args) => {
      await using store = storeOf(await readStackJson(layoutOf(args.directory)))
      const schedules = await listSchedules(store)
      const heads = [...HEADS, 'last success (UTC)', 'missed', 'skipped']
      const table =
        schedules.length === 0
          ? "no schedule yet; `pokepedia schedules set nightly --cron '0 3 * * *'` makes one"
          : columns(heads, schedules.map(rowOf))
      openTerminal(args.json).result({ schedules }, table)
    },
  )
