import { board, row } from '../board.ts'
import { increase, max, min, ofQueue, quantile, rate, select, sum } from '../expressions.ts'
import { graph, number, timeline } from '../panels.ts'

const STATUSES = {
  0: { text: 'ok', color: 'green' },
  1: { text: 'warn', color: 'yellow' },
  2: { text: 'stop', color: 'orange' },
  3: { text: 'stall', color: 'red' },
  4: { text: 'rewind', color: 'purple' },
}
/** The number of the status that a partition is in: each state is a series that is 1 or 0. */
const statusNumber = Object.entries(STATUSES)
  .slice(1)
  .map(
    ([value, { text }]) =>
      `${value} * ${max('group, topic, partition', select('pokepedia_consumer_partition_status', `status="${text}"`))}`,
  )
  .join(' + ')

const STABLE = { 0: { text: 'no', color: 'orange' }, 1: { text: 'Stable', color: 'green' } }

const lag = row(
  'Where is the lag?',
  graph({
    title: 'Lag of each partition',
    description:
      'Records behind the end of the log, as kafka-consumer-groups prints it. −1 there, no commit yet, is left out here.',
    width: 12,
    unit: 'short',
    lines: [
      {
        expr: `${max('consumergroup, topic, partition', select('kafka_consumergroup_lag'))} >= 0`,
        legend: '{{consumergroup}} {{topic}}/{{partition}}',
      },
    ],
    runbook: 'PokepediaPartitionStuck',
  }),
  graph({
    title: 'Lag of each partition in time',
    description: "Age of the oldest unfinished record, by the record's own timestamp.",
    width: 12,
    unit: 's',
    lines: [
      {
        expr: max('group, topic, partition', select('kafka_consumergroup_group_lag_seconds')),
        legend: '{{group}} {{topic}}/{{partition}}',
      },
    ],
    limits: { warn: 900, bad: 3600 },
    runbook: 'PokepediaReadyTooOld',
  }),
  graph({
    title: 'How fast queues grow',
    description: 'Ready records a second over the last 10 minutes; below 0 they become fewer.',
    width: 8,
    unit: 'cps',
    lines: [
      {
        expr: `deriv(${max('queue', ofQueue('pokepedia_queue_depth', 'state="ready"'))}[10m:30s])`,
        legend: '{{queue}}',
      },
    ],
    signed: true,
    runbook: 'PokepediaQueueFallingBehind',
  }),
  graph({
    title: 'Retention used',
    description:
      'Age of the oldest unread record as a share of how long the topic keeps records. Over 100 % it may be deleted unread.',
    width: 8,
    unit: 'percentunit',
    lines: [{ expr: max('group, topic', select('pokepedia_retention_used_ratio')), legend: '{{group}} {{topic}}' }],
    limits: { bad: 0.8 },
    runbook: 'PokepediaRetentionRisk',
  }),
  number({
    title: 'Records that retention deleted unread',
    description: 'In the time shown. Every one is lost until its run is repeated; npx pokepedia audit RUN names them.',
    width: 8,
    height: 8,
    unit: 'none',
    expr: sum('', max('group, topic', increase(select('pokepedia_records_lost_total')))),
    limits: { bad: 1 },
    runbook: 'PokepediaRecordsLost',
  }),
)

const groups = row(
  'Are the groups whole?',
  timeline({
    title: 'Partitions',
    description:
      'ok, warn (lag only grows), stop (commits ended), stall (commits repeat), rewind (an offset went back).',
    width: 24,
    height: 10,
    states: STATUSES,
    lines: [{ expr: statusNumber, legend: '{{group}} {{topic}}/{{partition}}' }],
    runbook: 'PokepediaPartitionStuck',
  }),
  timeline({
    title: 'Groups',
    description: 'Stable, or on the way to it: a rebalance, or no member at all.',
    width: 8,
    states: STABLE,
    lines: [{ expr: max('group', select('pokepedia_consumer_group_state', 'state="Stable"')), legend: '{{group}}' }],
    runbook: 'PokepediaGroupWithoutMembers',
  }),
  graph({
    title: 'Members',
    description: 'Processes in each group.',
    width: 8,
    unit: 'short',
    lines: [{ expr: max('consumergroup', select('kafka_consumergroup_members')), legend: '{{consumergroup}}' }],
    runbook: 'PokepediaGroupWithoutMembers',
  }),
  graph({
    title: 'Rebalances',
    description: 'Assignments received, per second. A few at a start or a deployment are usual.',
    width: 8,
    unit: 'cps',
    lines: [{ expr: sum('group', rate(select('pokepedia_rebalances_total'))), legend: '{{group}}' }],
    runbook: 'PokepediaRebalanceStorm',
  }),
)

const inside = row(
  'What holds the consumers up?',
  graph({
    title: 'Records in work',
    description: 'Handled at this moment; at the limit, the consumer has no room for more.',
    width: 6,
    unit: 'short',
    lines: [
      { expr: sum('group', select('pokepedia_records_in_flight')), legend: '{{group}}' },
      { expr: sum('group', select('pokepedia_in_flight_limit')), legend: '{{group}} limit' },
    ],
  }),
  graph({
    title: 'Record that is in work longest',
    description: 'Over HANDLER_DEADLINE_MS (60 s) a handler hangs.',
    width: 6,
    unit: 's',
    lines: [{ expr: max('group', select('pokepedia_oldest_in_flight_age_seconds')), legend: '{{group}}' }],
    limits: { warn: 30, bad: 60 },
    runbook: 'PokepediaQueueStalled',
  }),
  graph({
    title: 'Finished and not committed',
    description: 'They wait behind an unfinished record of their partition; after a crash they come again.',
    width: 6,
    unit: 'short',
    lines: [{ expr: sum('group', select('pokepedia_uncommitted_finished_records')), legend: '{{group}}' }],
  }),
  graph({
    title: 'Partitions that stand still',
    description: 'And why: breaker, retry_wait (not due), backpressure (no room), operator (by hand), stopping.',
    width: 6,
    unit: 'short',
    stacked: true,
    lines: [{ expr: sum('group, reason', ofQueue('pokepedia_paused_partitions')), legend: '{{group}} {{reason}}' }],
    runbook: 'PokepediaPausedByOperator',
  }),
)

const time = row(
  'Where does the time go?',
  graph({
    title: 'Wait in the queue',
    description:
      'From when a record was written, or a retry was due, to when work on it began: half of them, and 99 %.',
    width: 8,
    unit: 's',
    lines: [0.5, 0.99].map((q) => ({
      expr: quantile(q, 'queue', ofQueue('pokepedia_queue_wait_seconds_bucket')),
      legend: `{{queue}} p${q * 100}`,
    })),
    runbook: 'PokepediaReadyTooOld',
  }),
  graph({
    title: 'Steps of the work, p99',
    description:
      'fetch holds the wait for a turn at the upstream; store is Postgres and the object store; emit is Kafka.',
    width: 8,
    unit: 's',
    lines: [
      {
        expr: quantile(0.99, 'group, stage', select('pokepedia_stage_duration_seconds_bucket')),
        legend: '{{group}} {{stage}}',
      },
    ],
  }),
  graph({
    title: 'The whole way of an event, p99',
    description: 'From its first record to its end, retries and redrives included.',
    width: 8,
    unit: 's',
    lines: [{ expr: quantile(0.99, 'queue', ofQueue('pokepedia_end_to_end_seconds_bucket')), legend: '{{queue}}' }],
  }),
)

const alive = row(
  'Does Kafka hear of the consumers?',
  graph({
    title: 'Since the last heartbeat',
    description: 'Over the session timeout (10 s) the coordinator gives the partitions to somebody else.',
    width: 8,
    unit: 's',
    lines: [
      {
        expr: `time() - ${min('group', select('pokepedia_last_heartbeat_timestamp_seconds'))}`,
        legend: '{{group}}',
      },
    ],
    limits: { warn: 5, bad: 10 },
    runbook: 'PokepediaRebalanceStorm',
  }),
  graph({
    title: 'Since the last commit',
    description: 'It grows while nothing is read, too. With lag, it means that work does not come to an end.',
    width: 8,
    unit: 's',
    lines: [
      { expr: `time() - ${max('group', select('pokepedia_last_commit_timestamp_seconds'))}`, legend: '{{group}}' },
    ],
    runbook: 'PokepediaPartitionStuck',
  }),
  graph({
    title: 'Restarts of the Kafka client',
    description: 'How often it gave up and began anew, in the time shown, and why.',
    width: 8,
    unit: 'short',
    lines: [
      {
        expr: sum('group, reason', increase(select('pokepedia_consumer_restarts_total'))),
        legend: '{{group}} {{reason}}',
      },
    ],
  }),
)

export const consumers = board('consumers', {
  description: 'For a queue that does not move: which partition, which group, and what holds it up.',
  rows: [lag, groups, inside, time, alive],
})
