import { board, row } from '../board.ts'
import { increase, max, min, quantile, rate, select, sum } from '../expressions.ts'
import { graph, timeline } from '../panels.ts'

const CLOSED_OR_OPEN = { 0: { text: 'closed', color: 'green' }, 1: { text: 'open', color: 'red' } }
const DOWN_OR_UP = { 0: { text: 'down', color: 'red' }, 1: { text: 'up', color: 'green' } }
const requests = select('pokepedia_upstream_requests_total')

const away = row(
  'Is something away?',
  timeline({
    title: 'Dependencies',
    description: 'What the checks of /readyz say: down when one service or more does not reach it.',
    width: 12,
    states: DOWN_OR_UP,
    lines: [{ expr: min('dependency', select('pokepedia_dependency_up')), legend: '{{dependency}}' }],
    runbook: 'PokepediaBreakerOpen',
  }),
  timeline({
    title: 'Breakers',
    description: 'Open: the dependency is away, the work that needs it is paused, and a probe looks for its return.',
    width: 12,
    states: CLOSED_OR_OPEN,
    lines: [{ expr: max('dependency', select('pokepedia_breaker_state', 'state="open"')), legend: '{{dependency}}' }],
    runbook: 'PokepediaBreakerOpen',
  }),
)

const upstream = row(
  'How does the upstream answer?',
  graph({
    title: 'Requests by status',
    description: 'By HTTP status; timeout and reset are no answer.',
    width: 8,
    unit: 'reqps',
    stacked: true,
    lines: [{ expr: sum('host, status', rate(requests)), legend: '{{host}} {{status}}' }],
    runbook: 'PokepediaUpstreamErrors',
  }),
  graph({
    title: 'Share that fails',
    description: '5xx, timeouts and resets. Over 10 % for ten minutes is an alert.',
    width: 8,
    unit: 'percentunit',
    lines: [
      {
        expr: `${sum('host', rate(select('pokepedia_upstream_requests_total', 'status=~"5..|timeout|reset"')))} / ${sum('host', rate(requests))}`,
        legend: '{{host}}',
      },
    ],
    limits: { bad: 0.1 },
    runbook: 'PokepediaUpstreamErrors',
  }),
  graph({
    title: 'Time to answer',
    description: 'One request: half of them, and 99 %, are faster than this.',
    width: 8,
    unit: 's',
    lines: [0.5, 0.99].map((q) => ({
      expr: quantile(q, 'host', select('pokepedia_upstream_request_duration_seconds_bucket')),
      legend: `{{host}} p${q * 100}`,
    })),
  }),
  graph({
    title: 'Bytes received',
    description: 'Bodies, before decompression is counted.',
    width: 8,
    unit: 'Bps',
    lines: [{ expr: sum('host', rate(select('pokepedia_upstream_received_bytes_total'))), legend: '{{host}}' }],
  }),
  graph({
    title: 'Share of 304',
    description: 'Requests that cost the upstream next to nothing. A run that finds nothing new is near 100 %.',
    width: 8,
    unit: 'percentunit',
    lines: [
      {
        expr: `${sum('host', rate(select('pokepedia_upstream_requests_total', 'status="304"')))} / ${sum('host', rate(requests))}`,
        legend: '{{host}}',
      },
    ],
  }),
  graph({
    title: 'Budget in use',
    description: 'Requests a second as a share of what all processes together may ask of the host (HOST_BUDGETS).',
    width: 8,
    unit: 'percentunit',
    lines: [
      {
        expr: `${sum('host', rate(requests))} / ${max('host', select('pokepedia_upstream_budget_requests_per_second'))}`,
        legend: '{{host}}',
      },
    ],
  }),
  graph({
    title: 'Budget',
    description: 'Requests a second that the host is asked at most at present. It halves after a 429 and grows back.',
    width: 6,
    unit: 'reqps',
    lines: [{ expr: max('host', select('pokepedia_upstream_budget_requests_per_second')), legend: '{{host}}' }],
    runbook: 'PokepediaUpstreamRateLimited',
  }),
  graph({
    title: 'Requests that wait for their turn',
    description: 'The budget, not the upstream, is what limits the speed while this is over 0.',
    width: 6,
    unit: 'short',
    lines: [{ expr: sum('host', select('pokepedia_upstream_requests_waiting')), legend: '{{host}}' }],
  }),
  graph({
    title: 'Silence that the host asked for',
    description: 'How long it will go on: Retry-After of a 429 or 503.',
    width: 6,
    unit: 's',
    lines: [
      {
        expr: `clamp_min(${max('host', select('pokepedia_upstream_blocked_until_timestamp_seconds'))} - time(), 0)`,
        legend: '{{host}}',
      },
    ],
    runbook: 'PokepediaUpstreamRateLimited',
  }),
  graph({
    title: 'Slow-downs',
    description: 'How often a process has halved what the host is asked, in the time shown.',
    width: 6,
    unit: 'short',
    lines: [{ expr: sum('host', increase(select('pokepedia_upstream_slowdowns_total'))), legend: '{{host}}' }],
    runbook: 'PokepediaUpstreamRateLimited',
  }),
)

const postgres = row(
  'Is Postgres slow?',
  graph({
    title: 'Statements, p99',
    description: 'By the function or table that a statement begins with; the wait for a connection is in it.',
    width: 8,
    unit: 's',
    lines: [
      {
        expr: quantile(0.99, 'operation', select('pokepedia_db_query_duration_seconds_bucket')),
        legend: '{{operation}}',
      },
    ],
  }),
  graph({
    title: 'Statements',
    description: 'Per second.',
    width: 8,
    unit: 'ops',
    lines: [
      { expr: sum('operation', rate(select('pokepedia_db_query_duration_seconds_count'))), legend: '{{operation}}' },
    ],
  }),
  graph({
    title: 'Connections',
    description: 'Waiting over 0 for long: raise DATABASE_POOL_SIZE, or look for the slow statement.',
    width: 8,
    unit: 'short',
    lines: [{ expr: sum('job, state', select('pokepedia_db_pool_connections')), legend: '{{job}} {{state}}' }],
  }),
)

const objects = row(
  'Are the object store and Kafka slow?',
  graph({
    title: 'Requests to the object store, p99',
    description: 'By operation.',
    width: 8,
    unit: 's',
    lines: [
      {
        expr: quantile(0.99, 'operation', select('pokepedia_object_store_duration_seconds_bucket')),
        legend: '{{operation}}',
      },
    ],
  }),
  graph({
    title: 'Bytes written',
    description: 'By bucket. A run that finds nothing new writes none.',
    width: 8,
    unit: 'Bps',
    lines: [{ expr: sum('bucket', rate(select('pokepedia_object_store_written_bytes_total'))), legend: '{{bucket}}' }],
  }),
  graph({
    title: 'Records produced',
    description: 'By topic; failed are those that the broker did not take.',
    width: 8,
    unit: 'cps',
    lines: [
      { expr: sum('topic, result', rate(select('pokepedia_records_produced_total'))), legend: '{{topic}} {{result}}' },
    ],
  }),
)

export const dependencies = board('dependencies', {
  description: 'For slow or failing work: the upstream and its budget, Postgres, the object store.',
  rows: [away, upstream, postgres, objects],
})
