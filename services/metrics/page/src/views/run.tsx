import { useState } from 'preact/hooks'
import { count, duration } from '../../../src/page/format.ts'
import type { Counts, RunDetails } from '../contract.ts'
import { now } from '../state/clock.ts'
import { act } from '../state/results.ts'
import { hrefOf } from '../state/route.ts'
import { useResource } from '../state/use-resource.ts'
import { Bar } from '../ui/bar.tsx'
import { Action, WhyNot } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm.tsx'
import { Section, ViewFrame } from '../ui/section.tsx'
import { Empty, Loaded } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'
import { At, Count } from '../ui/text.tsx'
import { OUTCOMES, RunState, secondsOf, settledOf, totalsOf } from './run-words.tsx'

const EVERY_MS = 1_000
const ENDED_EVERY_MS = 30_000

/** requested = stored + … + in flight; what does not add up is said in red. */
const LedgerLine = ({ queue, counts }: { queue: string; counts: Counts }) => {
  const unaccounted = counts.requested - settledOf(counts) - counts.in_flight
  const parts = [...OUTCOMES, 'in_flight' as const].map((name) => `${count(counts[name])} ${name.replace('_', ' ')}`)
  return (
    <p class="ledger">
      <strong>{queue}</strong>: {count(counts.requested)} requested = {parts.join(' + ')};{' '}
      <span class={unaccounted === 0 ? 'fine' : 'wrong'}>
        {unaccounted === 0 ? '✓' : '■'} {count(unaccounted)} unaccounted
      </span>
    </p>
  )
}

const TypeRows = ({ types }: Pick<RunDetails, 'types'>) => (
  <Table
    caption="Progress by resource type, those with most to do first"
    isCaptionHidden
    columns={[
      'Queue',
      'Resource type',
      'Progress',
      { label: 'Done', isNumber: true },
      { label: 'Requested', isNumber: true },
      { label: 'Dead', isNumber: true },
    ]}
  >
    {types.map(({ queue, resourceType, requested, settled, dead }) => (
      <tr key={`${queue} ${resourceType}`}>
        <td>{queue}</td>
        <th scope="row">{resourceType}</th>
        <td class="progress-cell">
          <Bar
            whole={requested}
            parts={[
              { name: 'done', value: settled - dead },
              { name: 'dead', value: dead },
            ]}
          />
        </td>
        <td class="num">
          <Count of={settled} />
        </td>
        <td class="num">{count(requested)}</td>
        <td class="num">
          <Count of={dead} />
        </td>
      </tr>
    ))}
  </Table>
)

const Facts = ({ run, ratePerSecond, secondsLeft }: RunDetails) => {
  const { requested, settled, dead } = totalsOf(run)
  const isOpen = run.finishedAt === null
  const left = secondsLeft === null ? 'unknown: nothing has moved for 30 s' : `about ${duration(secondsLeft)}`
  return (
    <dl class="numbers">
      <div class="big">
        <dt>Done</dt>
        <dd>
          {count(settled)} <span class="muted">of {count(requested)}</span>
        </dd>
      </div>
      <div class="big">
        <dt>Dead</dt>
        <dd>{dead > 0 ? <a href={hrefOf('dead-letters')}>{count(dead)}</a> : 0}</dd>
      </div>
      <div>
        <dt>Rate</dt>
        <dd>{isOpen ? `${ratePerSecond.toFixed(1)} / s` : '–'}</dd>
      </div>
      <div>
        <dt>Time left</dt>
        <dd>{isOpen ? left : '–'}</dd>
      </div>
      <div>
        <dt>Took</dt>
        <dd>{duration(secondsOf(run, now.value))}</dd>
      </div>
      <div>
        <dt>Started</dt>
        <dd>
          <At at={run.startedAt} />
        </dd>
      </div>
      <div>
        <dt>Asked for</dt>
        <dd>
          <code>{JSON.stringify(run.request)}</code>
        </dd>
      </div>
      {run.failure && (
        <div>
          <dt>Failed with</dt>
          <dd>{run.failure}</dd>
        </div>
      )}
    </dl>
  )
}

const CancelRun = ({ details, onDone }: { details: RunDetails; onDone: () => void }) => {
  const { id, counts } = details.run
  const [isAsking, setAsking] = useState(false)
  const inFlight = Object.values(counts).reduce((sum, one) => sum + one.in_flight, 0)
  const cancel = async (): Promise<void> => {
    await act('Cancelling the run', { path: `/v1/runs/${id}/cancel` }, () => ({ text: `Run ${id} is cancelled` }))
    setAsking(false)
    onDone()
  }
  return (
    <>
      <Action kind="danger" onClick={() => setAsking(true)}>
        Cancel run
      </Action>
      {isAsking && (
        <ConfirmDialog
          title="Cancel this run?"
          confirm="Cancel the run"
          onConfirm={cancel}
          onClose={() => setAsking(false)}
        >
          <p>
            {count(inFlight)} records without an outcome will be discarded. What is stored stays. A cancelled run can't
            go on; a new seed makes a new run.
          </p>
        </ConfirmDialog>
      )}
    </>
  )
}

export const OneRun = ({ id }: { id: string }) => {
  const [isOpen, setOpen] = useState(true)
  const run = useResource<RunDetails>(`/v1/runs/${encodeURIComponent(id)}`, isOpen ? EVERY_MS : ENDED_EVERY_MS)
  const open = run.data === undefined || run.data.run.finishedAt === null
  if (open !== isOpen) setOpen(open)
  return (
    <ViewFrame title="Run" lead={<code>{id}</code>}>
      <p class="back">
        <a href={hrefOf('runs')}>← All runs</a>
      </p>
      <Loaded what="The run" from={run} rows={6}>
        {(details) => (
          <>
            <Section title="Progress" aside={<RunState of={details.run.state} />}>
              <Facts {...details} />
              {Object.entries(details.run.counts).map(([queue, counts]) => (
                <LedgerLine queue={queue} counts={counts} key={queue} />
              ))}
              {details.run.finishedAt === null && (
                <div class="actions">
                  <CancelRun details={details} onDone={run.reload} />
                  <WhyNot />
                </div>
              )}
            </Section>
            <Section title="By resource type">
              {details.types.length === 0 ? (
                <Empty>Nothing has been requested yet: the run is finding what there is.</Empty>
              ) : (
                <TypeRows types={details.types} />
              )}
            </Section>
          </>
        )}
      </Loaded>
    </ViewFrame>
  )
}
