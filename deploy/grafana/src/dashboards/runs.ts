import { board, row } from '../board.ts'
import { increase, max, min, ofQueue, quantile, select, sum } from '../expressions.ts'
import { graph, number, table } from '../panels.ts'

const run = row(
  'How is the newest run?',
  number({
    title: 'A run is open',
    description: 'Runs close by themselves when everything requested has an outcome.',
    width: 4,
    height: 8,
    unit: 'bool_yes_no',
    expr: max('', select('pokepedia_run_in_progress')),
  }),
  number({
    title: 'Not accounted for',
    description: 'Events that open runs wait for and Kafka no longer has. npx pokepedia audit RUN names them.',
    width: 4,
    height: 8,
    unit: 'none',
    expr: sum('', max('queue', ofQueue('pokepedia_run_unaccounted_records'))),
    limits: { bad: 1 },
    runbook: 'PokepediaLedgerUnbalanced',
  }),
  number({
    title: 'Since the last whole run',
    description: 'Since a run last ended that was neither cancelled nor failed.',
    width: 4,
    height: 8,
    unit: 's',
    expr: `time() - ${max('', select('pokepedia_run_last_completed_timestamp_seconds'))}`,
  }),
  graph({
    title: 'The ledger',
    description: 'Every requested record is in one of these.',
    width: 12,
    unit: 'short',
    stacked: true,
    lines: [{ expr: sum('outcome', max('queue, outcome', ofQueue('pokepedia_run_records'))), legend: '{{outcome}}' }],
  }),
)

const past = row(
  'How were the runs before?',
  graph({
    title: 'Requests to seed',
    description: 'In the time shown, by who asked and what came of it.',
    width: 8,
    unit: 'short',
    lines: [
      {
        expr: sum('trigger, result', increase(select('pokepedia_seed_requests_total'))),
        legend: '{{trigger}} {{result}}',
      },
    ],
  }),
  graph({
    title: 'Runs that ended',
    description: 'In the time shown, by what started them and how they ended.',
    width: 8,
    unit: 'short',
    lines: [
      { expr: sum('trigger, result', increase(select('pokepedia_runs_total'))), legend: '{{trigger}} {{result}}' },
    ],
  }),
  graph({
    title: 'Time a run takes',
    description: 'From the request to its end: half of them, and 95 %, are faster than this.',
    width: 8,
    unit: 's',
    lines: [0.5, 0.95].map((q) => ({
      expr: quantile(q, '', select('pokepedia_run_duration_seconds_bucket')),
      legend: `p${q * 100}`,
    })),
  }),
)

const data = row(
  'Is the copy whole and fresh?',
  table({
    title: 'Resource types',
    description: 'Expected is what the upstream listed when a run last took the whole type. Gone documents are kept.',
    width: 16,
    height: 12,
    key: 'resource_type',
    keyName: 'Type',
    columns: [
      {
        name: 'Present',
        unit: 'short',
        expr: max('resource_type', select('pokepedia_resources', 'status="present"')),
      },
      { name: 'Expected', unit: 'short', expr: max('resource_type', select('pokepedia_resources_expected')) },
      {
        name: 'Oldest check',
        unit: 's',
        expr: `time() - ${min('resource_type', select('pokepedia_resource_oldest_fetch_timestamp_seconds'))}`,
        limits: { warn: 604_800, bad: 1_209_600 },
      },
    ],
    runbook: 'PokepediaDataStale',
  }),
  graph({
    title: 'Media files',
    description: 'Stored, or stored and gone upstream.',
    width: 8,
    height: 12,
    unit: 'short',
    lines: [{ expr: max('status', select('pokepedia_assets')), legend: '{{status}}' }],
  }),
)

const schedules = row(
  'Do the schedules run?',
  table({
    title: 'Schedules',
    description: 'When they are due and what became of them. A disabled one is never due.',
    width: 16,
    key: 'schedule',
    keyName: 'Schedule',
    columns: [
      { name: 'Enabled', unit: 'bool_yes_no', expr: max('schedule', select('pokepedia_schedule_enabled')) },
      {
        name: 'Due in',
        unit: 's',
        expr: `${max('schedule', select('pokepedia_schedule_next_run_timestamp_seconds'))} - time()`,
      },
      {
        name: 'Since the last run',
        unit: 's',
        expr: `time() - ${max('schedule', select('pokepedia_schedule_last_run_timestamp_seconds'))}`,
      },
      {
        name: 'Since the last success',
        unit: 's',
        expr: `time() - ${max('schedule', select('pokepedia_schedule_last_success_timestamp_seconds'))}`,
      },
    ],
  }),
  graph({
    title: 'Ticks without a run',
    description: 'In the time shown. Missed: no seeder was there. Skipped: the run before was still going.',
    width: 8,
    unit: 'short',
    lines: ['missed', 'skipped'].map((what) => ({
      expr: max('schedule', increase(select(`pokepedia_schedule_${what}_total`))),
      legend: `{{schedule}} ${what}`,
    })),
  }),
)

export const runs = board('runs', {
  description: 'For the data: what was requested, what came of it, how fresh it is.',
  rows: [run, data, schedules, past],
  from: 'now-24h',
})
