import { board, row } from '../board.ts'
import { increase, max, ofQueue, quantile, select, sum } from '../expressions.ts'
import { graph, number } from '../panels.ts'

const run = row(
  'How is the newest run?',
  number({
    title: 'A run is open',
    description: 'Runs close by themselves when everything requested has an outcome.',
    width: 6,
    height: 8,
    unit: 'bool_yes_no',
    expr: max('', select('pokepedia_run_in_progress')),
  }),
  graph({
    title: 'The ledger',
    description: 'Every requested record is in one of these.',
    width: 18,
    unit: 'short',
    stacked: true,
    lines: [{ expr: sum('outcome', ofQueue('pokepedia_run_records')), legend: '{{outcome}}' }],
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
    description: 'In the time shown, by result.',
    width: 8,
    unit: 'short',
    lines: [{ expr: sum('result', increase(select('pokepedia_runs_total'))), legend: '{{result}}' }],
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

export const runs = board('runs', {
  description: 'For the data: what was requested, what came of it, how fresh it is.',
  rows: [run, past],
  from: 'now-24h',
})
