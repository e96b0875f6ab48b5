import { board, row } from '../board.ts'
import { increase, max, min, ofQueue, quantile, rate, select, sum } from '../expressions.ts'
import { graph, list, number } from '../panels.ts'

const dead = row(
  'What died, and of what?',
  list({
    title: 'Open dead letters',
    description: 'Neither redriven nor discarded. The same on the command line: npx pokepedia dlq list --groups',
    width: 12,
    unit: 'none',
    expr: `${max('queue, reason, code', ofQueue('pokepedia_dead_letters_open'))} > 0`,
    labels: ['queue', 'code', 'reason'],
    valueName: 'letters',
    none: 'There are no open dead letters.',
    runbook: 'PokepediaDeadLettersNew',
  }),
  number({
    title: 'Age of the oldest',
    description: 'An event that waits for three days is an alert.',
    width: 4,
    height: 8,
    unit: 's',
    expr: `time() - ${min('queue', ofQueue('pokepedia_dead_letter_oldest_timestamp_seconds'))}`,
    legend: '{{queue}}',
    limits: { warn: 86_400, bad: 259_200 },
    none: 'none',
    runbook: 'PokepediaDeadLettersUnattended',
  }),
  number({
    title: 'New ones',
    description: 'In the time shown.',
    width: 4,
    height: 8,
    unit: 'none',
    expr: sum('queue', increase(ofQueue('pokepedia_dead_letters_total'))),
    legend: '{{queue}}',
    limits: { warn: 1 },
    runbook: 'PokepediaDeadLetterBurst',
  }),
  number({
    title: 'Refused by the broker',
    description:
      'Dead letters that the broker did not take, in the time shown. Each holds its place in the partition and is tried again.',
    width: 4,
    height: 8,
    unit: 'none',
    expr: sum('queue', increase(ofQueue('pokepedia_dead_letter_write_failures_total'))),
    legend: '{{queue}}',
    limits: { bad: 1 },
    runbook: 'PokepediaDeadLetterWriteFailing',
  }),
  graph({
    title: 'Dead letters by code',
    description: 'Per second. Permanent causes die at once, the others after their last attempt.',
    width: 12,
    unit: 'cps',
    lines: [
      { expr: sum('code, reason', rate(ofQueue('pokepedia_dead_letters_total'))), legend: '{{code}} ({{reason}})' },
    ],
    runbook: 'PokepediaDeadLetterBurst',
  }),
  graph({
    title: 'Open letters',
    description: 'They leave by a redrive or by being discarded.',
    width: 12,
    unit: 'short',
    lines: [
      {
        expr: sum('queue, code', max('queue, reason, code', ofQueue('pokepedia_dead_letters_open'))),
        legend: '{{queue}} {{code}}',
      },
    ],
    runbook: 'PokepediaDeadLettersUnattended',
  }),
)

const retries = row(
  'What is tried again?',
  graph({
    title: 'Retries by tier',
    description: 'Records sent to each retry topic, per second. Later tiers mean that it failed before.',
    width: 8,
    unit: 'cps',
    lines: [{ expr: sum('queue, tier', rate(ofQueue('pokepedia_retries_total'))), legend: '{{queue}} {{tier}}' }],
  }),
  graph({
    title: 'Retries by code',
    description: 'Why they are tried again.',
    width: 8,
    unit: 'cps',
    lines: [{ expr: sum('code', rate(ofQueue('pokepedia_retries_total'))), legend: '{{code}}' }],
  }),
  graph({
    title: 'Retries that are not due',
    description: 'They wait in retry topics.',
    width: 8,
    unit: 'short',
    lines: [{ expr: max('queue', ofQueue('pokepedia_queue_depth', 'state="delayed"')), legend: '{{queue}}' }],
  }),
  graph({
    title: 'How late retries are taken',
    description: '99 % of the retries are taken at most this long after they are due.',
    width: 8,
    unit: 's',
    lines: [{ expr: quantile(0.99, 'tier', select('pokepedia_retry_due_error_seconds_bucket')), legend: '{{tier}}' }],
    limits: { bad: 30 },
    runbook: 'PokepediaRetriesLate',
  }),
  graph({
    title: 'Errors by step and code',
    description: 'All of them, those that an outage repeats included.',
    width: 16,
    unit: 'cps',
    lines: [
      { expr: `${sum('stage, code', rate(select('pokepedia_errors_total')))} > 0`, legend: '{{stage}} {{code}}' },
    ],
  }),
)

const redrives = row(
  'What became of redriven letters?',
  number({
    title: 'Redrives that run',
    description: 'They send, or wait for outcomes. npx pokepedia redrives lists them.',
    width: 6,
    height: 8,
    unit: 'none',
    expr: max('', select('pokepedia_redrives_running')),
  }),
  graph({
    title: 'Redriven events',
    description: 'By result. dead_again: the cause was not removed; skipped: redriven too often (REDRIVE_MAX_COUNT).',
    width: 18,
    unit: 'short',
    stacked: true,
    lines: [{ expr: max('result', increase(select('pokepedia_redrive_records_total'))), legend: '{{result}}' }],
  }),
)

export const failures = board('failures', {
  description: 'For dead letters and retries: what failed, of what, and what became of it.',
  rows: [dead, retries, redrives],
  from: 'now-6h',
})
