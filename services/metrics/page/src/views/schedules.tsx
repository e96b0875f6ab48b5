import { useState } from 'preact/hooks'
import { counted, utc } from '../../../src/page/format.ts'
import type { Schedule } from '../contract.ts'
import { newKey } from '../state/idempotency.ts'
import { status } from '../state/live.ts'
import { act } from '../state/results.ts'
import { go, hrefOf } from '../state/route.ts'
import { Badge } from '../ui/badge.tsx'
import { Action, WhyNot } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm.tsx'
import { Section, ViewFrame } from '../ui/section.tsx'
import { Empty, Skeleton } from '../ui/states.tsx'
import { Ago, At } from '../ui/text.tsx'
import { RunState } from './run-words.tsx'
import { ScheduleDialog } from './schedule-dialog.tsx'

const requestWords = ({ types, limit, force }: Schedule['request']): string =>
  [
    types && types.length > 0 ? types.join(', ') : 'every type',
    ...(limit ? [`at most ${limit} of each`] : []),
    ...(force ? ['forced'] : []),
  ].join('; ')

const nextWords = ({ enabled, nextAt }: Schedule): string | null => {
  if (!enabled) return 'none: the schedule is paused'
  return nextAt === null ? 'none: the rule names no time to come' : null
}

const RunNow = ({ schedule: { name, request } }: { schedule: Schedule }) => {
  const [key, setKey] = useState<string>()
  const run = async (): Promise<void> => {
    const made = await act<{ runId: string }>(
      `Running ${name}`,
      { path: '/v1/seed', body: request, ...(key === undefined ? {} : { idempotencyKey: key }) },
      ({ runId }) => ({ text: `${name} runs now.`, link: { href: hrefOf('runs', runId), text: 'See the run' } }),
    )
    setKey(undefined)
    if (made) go('runs', made.runId)
  }
  return (
    <>
      <Action label={`Run now: ${name}`} onClick={() => setKey(newKey())}>
        Run now
      </Action>
      {key !== undefined && (
        <ConfirmDialog
          title={`Run ${name} now`}
          confirm="Seed now"
          kind="primary"
          onConfirm={run}
          onClose={() => setKey(undefined)}
        >
          <p>Makes a run of what the schedule asks for: {requestWords(request)}. The schedule itself stays as it is.</p>
        </ConfirmDialog>
      )}
    </>
  )
}

const Facts = ({ schedule }: { schedule: Schedule }) => (
  <dl class="facts">
    <dt>Rule</dt>
    <dd>
      <code>{schedule.cron}</code> in {schedule.timeZone}
    </dd>
    <dt>Asks for</dt>
    <dd>{requestWords(schedule.request)}</dd>
    <dt>Next run</dt>
    <dd>
      {nextWords(schedule) ?? (
        <>
          <Ago at={schedule.nextAt} /> <span class="muted">{schedule.nextAt && utc(schedule.nextAt)}</span>
        </>
      )}
    </dd>
    <dt>Last run</dt>
    <dd>
      {schedule.lastRun === null ? (
        'none yet'
      ) : (
        <>
          <a href={hrefOf('runs', schedule.lastRun.id)}>
            <Ago at={schedule.lastRun.startedAt} />
          </a>{' '}
          <RunState of={schedule.lastRun.state} />
        </>
      )}
    </dd>
    <dt>Last success</dt>
    <dd>
      <At at={schedule.lastSuccessAt} />
    </dd>
    <dt>Missed</dt>
    <dd>{schedule.missed === 0 ? 'none' : <Badge tone="warn">{counted(schedule.missed, 'time')}</Badge>}</dd>
    <dt>Skipped</dt>
    <dd>{schedule.skipped === 0 ? 'none' : `${counted(schedule.skipped, 'time')}: the run before was still going`}</dd>
    {schedule.lastTick && (
      <>
        <dt>Last tick</dt>
        <dd>
          {schedule.lastTick.outcome} <At at={schedule.lastTick.dueAt} /> {schedule.lastTick.cause ?? ''}
        </dd>
      </>
    )}
    {schedule.note && (
      <>
        <dt>Note</dt>
        <dd>{schedule.note}</dd>
      </>
    )}
  </dl>
)

type Open = 'edit' | 'pause' | 'resume'

const ScheduleCard = ({ schedule }: { schedule: Schedule }) => {
  const [open, setOpen] = useState<Open>()
  const { name, enabled } = schedule
  const toggle: Open = enabled ? 'pause' : 'resume'
  return (
    <Section title={name} aside={enabled ? <Badge tone="ok">enabled</Badge> : <Badge tone="warn">paused</Badge>}>
      <Facts schedule={schedule} />
      <div class="actions">
        <RunNow schedule={schedule} />
        <Action label={`${enabled ? 'Pause' : 'Resume'} ${name}`} onClick={() => setOpen(toggle)}>
          {enabled ? 'Pause…' : 'Resume…'}
        </Action>
        <Action label={`Edit ${name}`} onClick={() => setOpen('edit')}>
          Edit…
        </Action>
      </div>
      {open && <ScheduleDialog name={name} intent={open} onClose={() => setOpen(undefined)} />}
    </Section>
  )
}

export const SchedulesView = () => {
  const [isAdding, setAdding] = useState(false)
  const schedules = status.value?.schedules
  return (
    <ViewFrame title="Schedules" lead="When a run begins by itself.">
      <div class="actions">
        <Action onClick={() => setAdding(true)}>Add schedule</Action>
        <WhyNot />
      </div>
      {isAdding && <ScheduleDialog name={null} intent="edit" onClose={() => setAdding(false)} />}
      {status.value === null && <Skeleton rows={4} />}
      {status.value !== null && !schedules && <Empty>The schedules have not been read yet.</Empty>}
      {schedules?.length === 0 && (
        <Empty>No schedule: runs begin only when someone seeds. Add a schedule to keep the copy fresh.</Empty>
      )}
      {schedules?.map((schedule) => (
        <ScheduleCard schedule={schedule} key={schedule.name} />
      ))}
    </ViewFrame>
  )
}
