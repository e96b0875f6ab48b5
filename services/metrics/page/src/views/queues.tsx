import { count, duration } from '../../../src/page/format.ts'
import type { Queue, QueueHistory } from '../contract.ts'
import { status } from '../state/live.ts'
import { route, setParams } from '../state/route.ts'
import { useResource } from '../state/use-resource.ts'
import { Badge } from '../ui/badge.tsx'
import { Bar } from '../ui/bar.tsx'
import { Section, ViewFrame } from '../ui/section.tsx'
import { type Point, Sparkline } from '../ui/sparkline.tsx'
import { Empty, ProblemNotice, Skeleton } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { Age, Ago, Count } from '../ui/text.tsx'
import { Partitions } from './partitions.tsx'
import { PipelineFlow } from './pipeline-flow.tsx'

const HISTORY_EVERY_MS = 15_000

const drainOf = ({ ready, delayed, blocked, drainSeconds }: Queue): string => {
  if (blocked > 0) return 'not before its breaker closes'
  if (ready === 0) return delayed > 0 ? 'not before retries are due' : 'empty'
  return drainSeconds === null ? 'not getting less' : `about ${duration(drainSeconds)}`
}

const Depths = ({ queue }: { queue: Queue }) => (
  <dl class="numbers">
    <div class="big ready">
      <dt>Ready</dt>
      <dd>{count(queue.ready)}</dd>
    </div>
    <div class="big delayed">
      <dt>Delayed</dt>
      <dd>{count(queue.delayed)}</dd>
    </div>
    <div class="big blocked">
      <dt>Blocked</dt>
      <dd>{count(queue.blocked)}</dd>
    </div>
  </dl>
)

const Ages = ({ queue }: { queue: Queue }) => (
  <dl class="numbers">
    <div>
      <dt>Oldest ready</dt>
      <dd>
        <Age since={queue.oldestReadyAt} />
      </dd>
    </div>
    <div>
      <dt>Oldest</dt>
      <dd>
        <Age since={queue.oldestAt} />
      </dd>
    </div>
    <div>
      <dt>Newest</dt>
      <dd>
        <Age since={queue.newestAt} />
      </dd>
    </div>
    <div>
      <dt>Empty in</dt>
      <dd>{drainOf(queue)}</dd>
    </div>
    <div>
      <dt>Events ever</dt>
      <dd>{count(queue.messages)}</dd>
    </div>
  </dl>
)

const QueueCard = ({ queue, points }: { queue: Queue; points: readonly Point[] }) => {
  const isOpen = route.value.params['partitions'] === queue.queue
  const waiting = queue.ready + queue.delayed + queue.blocked
  return (
    <Section title={queue.queue} aside={waiting === 0 ? <Badge tone="ok">empty</Badge> : undefined}>
      <div class="queue">
        <div class="queue-numbers">
          <Depths queue={queue} />
          <Ages queue={queue} />
        </div>
        <div class="queue-trend">
          <Sparkline points={points} />
          <span class="muted small" aria-hidden="true">
            last hour
          </span>
          <Bar
            whole={waiting}
            parts={[
              { name: 'ready', value: queue.ready },
              { name: 'delayed', value: queue.delayed },
              { name: 'blocked', value: queue.blocked },
            ]}
          />
        </div>
      </div>
      <button
        type="button"
        class="disclosure"
        aria-expanded={isOpen}
        onClick={() => setParams({ partitions: isOpen ? null : queue.queue })}
      >
        {isOpen ? 'Hide partitions' : 'Show partitions'}
        <span class="sr-only"> of {queue.queue}</span>
      </button>
      {isOpen && <Partitions queue={queue.queue} />}
    </Section>
  )
}

const RetryTiers = () => {
  const tiers = status.value?.tiers ?? []
  return (
    <Section title="Retry tiers">
      {tiers.length === 0 ? (
        <Empty>No retry tier is set; failed events die at once. See RETRY_TIERS.</Empty>
      ) : (
        <Table
          caption="What waits to be tried again, and when the first of it is due"
          isCaptionHidden
          columns={[
            'Queue',
            'Tier',
            { label: 'Due', isNumber: true },
            { label: 'Not due', isNumber: true },
            'First is due',
          ]}
        >
          {tiers.map(({ queue, tier, ready, delayed, nextDueAt }) => (
            <tr key={`${queue} ${tier}`}>
              <th scope="row">{queue}</th>
              <td>{tier}</td>
              <td class="num">
                <Count of={ready} />
              </td>
              <td class="num">
                <Count of={delayed} />
              </td>
              <td>
                <Ago at={nextDueAt} />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Section>
  )
}

const LagProblem = () => {
  const lag = status.value?.collectors.find(({ name }) => name === 'lag')
  return lag?.error ? (
    <ProblemNotice what="The queues can't be measured" problem={{ ...lag.error, detail: lag.error.message }} />
  ) : null
}

export const QueuesView = () => {
  const history = useResource<QueueHistory>('/v1/queues/history?minutes=60', HISTORY_EVERY_MS)
  const queues = status.value?.queues
  const isDown = status.value?.collectors.some(({ name, up, error }) => name === 'lag' && !up && error)
  return (
    <ViewFrame title="Queues" lead="What waits, since when, and how long it will take.">
      <LagProblem />
      {history.problem && <ProblemNotice what="The last hour can't be read" problem={history.problem} />}
      <div class={isDown ? 'stale' : undefined}>
        {status.value && <PipelineFlow status={status.value} />}
        {queues === undefined || (queues.length === 0 && !isDown) ? (
          <Skeleton rows={6} />
        ) : (
          queues.map((queue) => (
            <QueueCard
              key={queue.queue}
              queue={queue}
              points={history.data?.queues.find((one) => one.queue === queue.queue)?.points ?? []}
            />
          ))
        )}
        <RetryTiers />
      </div>
    </ViewFrame>
  )
}
