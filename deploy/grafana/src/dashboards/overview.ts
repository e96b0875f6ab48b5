import { board, row } from '../board.ts'
import { increase, max, min, ofQueue, quantile, rate, select, sum } from '../expressions.ts'
import { graph, list, number, table, timeline } from '../panels.ts'

const OPEN_OR_CLOSED = { 0: { text: 'closed', color: 'green' }, 1: { text: 'open', color: 'red' } }

const wrong = row(
  'Is anything wrong now?',
  number({
    title: 'Services down',
    description: 'Services that Prometheus knows and cannot scrape.',
    width: 4,
    unit: 'none',
    expr: `count (${select('up')}) - ${sum('', select('up'))}`,
    limits: { bad: 1 },
    runbook: 'PokepediaTargetDown',
  }),
  number({
    title: 'Oldest ready record',
    description: 'How long the oldest record that could be worked on has waited. Retries count from when they are due.',
    width: 4,
    unit: 's',
    expr: max('', ofQueue('pokepedia_queue_oldest_ready_age_seconds')),
    limits: { warn: 900, bad: 3600 },
    runbook: 'PokepediaReadyTooOld',
  }),
  number({
    title: 'Open dead letters',
    description: 'Neither redriven nor discarded. Look: npx pokepedia dlq list --groups',
    width: 4,
    unit: 'none',
    expr: sum('', max('queue, reason, code', ofQueue('pokepedia_dead_letters_open'))),
    limits: { warn: 1 },
    none: '0',
    runbook: 'PokepediaDeadLettersNew',
  }),
  number({
    title: 'Open breakers',
    description: 'Dependencies that are away: the work that needs them is paused and goes on by itself.',
    width: 4,
    unit: 'none',
    expr: sum('', max('dependency', select('pokepedia_breaker_state', 'state="open"'))),
    limits: { bad: 1 },
    runbook: 'PokepediaBreakerOpen',
  }),
  number({
    title: 'Partitions paused by hand',
    description: 'They wait for npx pokepedia resume GROUP.',
    width: 4,
    unit: 'none',
    expr: sum('', ofQueue('pokepedia_paused_partitions', 'reason="operator"')),
    limits: { warn: 1 },
    runbook: 'PokepediaPausedByOperator',
  }),
  number({
    title: 'Age of these numbers',
    description: 'Lag is read every 5 s. When this grows, the other numbers stand still.',
    width: 4,
    unit: 's',
    expr: `time() - ${min('', select('pokepedia_collector_last_success_timestamp_seconds', 'collector="lag"'))}`,
    limits: { warn: 30, bad: 120 },
    runbook: 'PokepediaLagBlind',
  }),
  list({
    title: 'Firing alerts',
    description: 'What Prometheus complains of. Each has a page on the dashboard of runbooks.',
    width: 24,
    height: 6,
    unit: 'none',
    expr: 'ALERTS{alertname=~"Pokepedia.+", alertstate="firing"}',
    labels: ['severity', 'alertname', 'queue', 'group', 'code'],
    valueName: 'firing',
    none: 'Nothing fires.',
  }),
)

const queues = row(
  'Do the queues keep up?',
  table({
    title: 'Queues',
    description:
      'Ready could be worked on now; blocked waits for a dependency that is away; delayed are retries that are not due. Without a time to drain, the queue does not become shorter.',
    width: 12,
    key: 'queue',
    keyName: 'Queue',
    columns: [
      { name: 'Ready', unit: 'short', expr: max('queue', ofQueue('pokepedia_queue_depth', 'state="ready"')) },
      { name: 'Blocked', unit: 'short', expr: max('queue', ofQueue('pokepedia_queue_depth', 'state="blocked"')) },
      { name: 'Delayed', unit: 'short', expr: max('queue', ofQueue('pokepedia_queue_depth', 'state="delayed"')) },
      {
        name: 'Oldest ready',
        unit: 's',
        expr: max('queue', ofQueue('pokepedia_queue_oldest_ready_age_seconds')),
        limits: { warn: 900, bad: 3600 },
      },
      { name: 'Done per second', unit: 'cps', expr: sum('queue', rate(ofQueue('pokepedia_records_processed_total'))) },
      { name: 'Drained in', unit: 's', expr: max('queue', ofQueue('pokepedia_queue_drain_seconds')) },
      {
        name: 'Dead letters',
        unit: 'short',
        expr: sum('queue', max('queue, reason, code', ofQueue('pokepedia_dead_letters_open'))),
        limits: { warn: 1 },
      },
    ],
    runbook: 'PokepediaQueueStalled',
  }),
  graph({
    title: 'Ready',
    description: 'Records that could be worked on now. It rises while a run is seeded and must fall again.',
    width: 6,
    unit: 'short',
    lines: [{ expr: max('queue', ofQueue('pokepedia_queue_depth', 'state="ready"')), legend: '{{queue}}' }],
    runbook: 'PokepediaQueueFallingBehind',
  }),
  graph({
    title: 'Age of the oldest ready record',
    description: 'The one number to alert on: how long work waits.',
    width: 6,
    unit: 's',
    lines: [{ expr: max('queue', ofQueue('pokepedia_queue_oldest_ready_age_seconds')), legend: '{{queue}}' }],
    limits: { warn: 900, bad: 3600 },
    runbook: 'PokepediaReadyTooOld',
  }),
)

const processed = ofQueue('pokepedia_records_processed_total')
const work = row(
  'What becomes of the work?',
  graph({
    title: 'Outcomes',
    description: 'Deliveries that came to an end, per second.',
    width: 8,
    unit: 'cps',
    stacked: true,
    lines: [{ expr: sum('outcome', rate(processed)), legend: '{{outcome}}' }],
  }),
  graph({
    title: 'Share that fails',
    description: 'Retried and dead among the deliveries that came to an end. Over 5 % dead is an alert.',
    width: 8,
    unit: 'percentunit',
    lines: ['retried', 'dead'].map((outcome) => ({
      expr: `${sum('queue', rate(ofQueue('pokepedia_records_processed_total', `outcome="${outcome}"`)))} / ${sum('queue', rate(processed))}`,
      legend: `{{queue}} ${outcome}`,
    })),
    runbook: 'PokepediaDeadLetterBurst',
  }),
  graph({
    title: 'Time to process',
    description: 'From taking a record to its end: half of them, and 99 %, are faster than this.',
    width: 8,
    unit: 's',
    lines: [0.5, 0.99].map((q) => ({
      expr: quantile(q, 'queue', ofQueue('pokepedia_process_duration_seconds_bucket')),
      legend: `{{queue}} p${q * 100}`,
    })),
  }),
)

const runs = row(
  'How far is the run?',
  number({
    title: 'A run is open',
    description: 'Runs are opened by POST /v1/seed, by schedules and by npx pokepedia seed, and close by themselves.',
    width: 4,
    height: 8,
    unit: 'bool_yes_no',
    expr: max('', select('pokepedia_run_in_progress')),
  }),
  graph({
    title: 'The newest run',
    description: 'Its ledger: every requested record is in one of these.',
    width: 12,
    unit: 'short',
    stacked: true,
    lines: [{ expr: sum('outcome', max('queue, outcome', ofQueue('pokepedia_run_records'))), legend: '{{outcome}}' }],
    runbook: 'PokepediaLedgerUnbalanced',
  }),
  graph({
    title: 'Runs that ended',
    description: 'In the time shown, by result.',
    width: 8,
    unit: 'short',
    lines: [{ expr: sum('result', increase(select('pokepedia_runs_total'))), legend: '{{result}}' }],
  }),
)

const around = row(
  'What does it depend on?',
  graph({
    title: 'Requests to the upstream',
    description: 'By HTTP status. 304 is the cheap answer; timeout and reset are no answer.',
    width: 8,
    unit: 'reqps',
    stacked: true,
    lines: [{ expr: sum('status', rate(select('pokepedia_upstream_requests_total'))), legend: '{{status}}' }],
    runbook: 'PokepediaUpstreamErrors',
  }),
  timeline({
    title: 'Breakers',
    description: 'Open means that a dependency is away and the work that needs it waits.',
    width: 8,
    states: OPEN_OR_CLOSED,
    lines: [{ expr: max('dependency', select('pokepedia_breaker_state', 'state="open"')), legend: '{{dependency}}' }],
    runbook: 'PokepediaBreakerOpen',
  }),
  graph({
    title: 'New dead letters',
    description: 'By error code.',
    width: 8,
    unit: 'cps',
    lines: [{ expr: sum('code', rate(ofQueue('pokepedia_dead_letters_total'))), legend: '{{code}}' }],
    runbook: 'PokepediaDeadLettersNew',
  }),
)

export const overview = board('overview', {
  description: 'The first page to look at: what is wrong, whether queues keep up, what becomes of the work.',
  rows: [wrong, queues, work, runs, around],
})
