import { board, row } from '../board.ts'
import { increase, max, min, quantile, rate, select, sum } from '../expressions.ts'
import { graph, timeline } from '../panels.ts'

const DOWN_OR_UP = { 0: { text: 'down', color: 'red' }, 1: { text: 'up', color: 'green' } }
const perProcess = 'job, instance'
const PROCESS = '{{job}} {{instance}}'

const up = row(
  'Are they up?',
  timeline({
    title: 'Services',
    description: 'Whether Prometheus could scrape them.',
    width: 16,
    states: DOWN_OR_UP,
    lines: [{ expr: max(perProcess, select('up')), legend: PROCESS }],
    runbook: 'PokepediaTargetDown',
  }),
  graph({
    title: 'Age of the process',
    description: 'It falls to 0 at each start.',
    width: 8,
    unit: 's',
    lines: [{ expr: `time() - ${max(perProcess, select('process_start_time_seconds'))}`, legend: PROCESS }],
  }),
)

const use = row(
  'Do they have room?',
  graph({
    title: 'CPU',
    description: 'Cores in use. JavaScript has one; near 1 a service is at its end.',
    width: 8,
    unit: 'percentunit',
    lines: [{ expr: sum(perProcess, rate(select('process_cpu_seconds_total'))), legend: PROCESS }],
    limits: { warn: 0.8, bad: 1 },
  }),
  graph({
    title: 'Memory',
    description: 'Resident set. What grows without end is a leak.',
    width: 8,
    unit: 'bytes',
    lines: [{ expr: max(perProcess, select('process_resident_memory_bytes')), legend: PROCESS }],
  }),
  graph({
    title: 'Event loop, p99 of its delay',
    description: 'How late everything in the process is. Over 1 s for ten minutes is an alert.',
    width: 8,
    unit: 's',
    lines: [{ expr: max(perProcess, select('nodejs_eventloop_lag_p99_seconds')), legend: PROCESS }],
    limits: { warn: 0.25, bad: 1 },
    runbook: 'PokepediaEventLoopBlocked',
  }),
  graph({
    title: 'Garbage collection',
    description: 'Share of the time that it takes.',
    width: 8,
    unit: 'percentunit',
    lines: [{ expr: sum(perProcess, rate(select('nodejs_gc_duration_seconds_sum'))), legend: PROCESS }],
  }),
  graph({
    title: 'Open files',
    description: 'As a share of how many the process may open.',
    width: 8,
    unit: 'percentunit',
    lines: [
      {
        expr: `${max(perProcess, select('process_open_fds'))} / ${max(perProcess, select('process_max_fds'))}`,
        legend: PROCESS,
      },
    ],
    limits: { warn: 0.8 },
  }),
  graph({
    title: 'Records in work as a share of the limit',
    description: 'At 100 % a consumer has no room; more instances or a higher CONSUMER_CONCURRENCY give some.',
    width: 8,
    unit: 'percentunit',
    lines: [
      {
        expr: `${sum('job, instance', select('pokepedia_records_in_flight'))} / ${sum('job, instance', select('pokepedia_in_flight_limit'))}`,
        legend: PROCESS,
      },
    ],
  }),
)

const http = row(
  'How do they answer?',
  graph({
    title: 'Requests served',
    description: 'By route.',
    width: 8,
    unit: 'reqps',
    lines: [
      {
        expr: sum('job, route', rate(select('http_request_duration_seconds_count'))),
        legend: '{{job}} {{route}}',
      },
    ],
  }),
  graph({
    title: 'Answers by status',
    description:
      '5xx are our faults, 4xx those of who asks; 503 of /readyz means that a service waits for a dependency.',
    width: 8,
    unit: 'reqps',
    stacked: true,
    lines: [
      {
        expr: sum('job, status_code', rate(select('http_request_duration_seconds_count'))),
        legend: '{{job}} {{status_code}}',
      },
    ],
  }),
  graph({
    title: 'Time to answer, p99',
    description: '99 % of the requests are answered faster.',
    width: 8,
    unit: 's',
    lines: [
      {
        expr: quantile(0.99, 'job, route', select('http_request_duration_seconds_bucket')),
        legend: '{{job}} {{route}}',
      },
    ],
  }),
)

const collectors = row(
  'Are the numbers fresh?',
  timeline({
    title: 'Collectors',
    description: 'Whether the last reading of each succeeded.',
    width: 8,
    states: DOWN_OR_UP,
    lines: [{ expr: min('collector', select('pokepedia_collector_up')), legend: '{{collector}}' }],
    runbook: 'PokepediaLagBlind',
  }),
  graph({
    title: 'Age of the last good reading',
    description: 'Numbers on queues, runs and letters are this old.',
    width: 8,
    unit: 's',
    lines: [
      {
        expr: `time() - ${min('collector', select('pokepedia_collector_last_success_timestamp_seconds'))}`,
        legend: '{{collector}}',
      },
    ],
    limits: { warn: 30, bad: 120 },
    runbook: 'PokepediaLagBlind',
  }),
  graph({
    title: 'Time a reading takes (p99)',
    description: 'Readings happen in the background; a scrape waits for none.',
    width: 8,
    unit: 's',
    lines: [
      {
        expr: quantile(0.99, 'collector', select('pokepedia_collector_duration_seconds_bucket')),
        legend: '{{collector}}',
      },
    ],
  }),
)

const people = row(
  'Is everything as declared, and who changes it?',
  timeline({
    title: 'Topics',
    description: 'differs: the topic is missing or not as declared; npx pokepedia topics plan says how.',
    width: 8,
    states: { 0: { text: 'as declared', color: 'green' }, 1: { text: 'differs', color: 'orange' } },
    lines: [{ expr: max('topic', select('pokepedia_topic_config_drift')), legend: '{{topic}}' }],
    runbook: 'PokepediaTopicDrift',
  }),
  graph({
    title: 'Actions of people',
    description: 'Requests to change something, in the time shown. refused is a 4xx, failed a 5xx.',
    width: 8,
    unit: 'short',
    lines: [
      {
        expr: `${sum('action, result', increase(select('pokepedia_ui_actions_total')))} > 0`,
        legend: '{{action}} {{result}}',
      },
    ],
  }),
  graph({
    title: 'Status pages that are open',
    description: 'Pages and programs that listen to /v1/events.',
    width: 8,
    unit: 'short',
    lines: [{ expr: sum('', select('pokepedia_sse_clients')), legend: 'listeners' }],
  }),
)

export const services = board('services', {
  description: 'The processes: use, saturation and errors of each.',
  rows: [up, use, http, collectors, people],
})
