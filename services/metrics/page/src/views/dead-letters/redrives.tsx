import { useState } from 'preact/hooks'
import { count, utc } from '../../../../src/page/format.ts'
import type { Redrive } from '../../contract.ts'
import { act } from '../../state/results.ts'
import { route } from '../../state/route.ts'
import type { Resource } from '../../state/use-resource.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Bar } from '../../ui/bar.tsx'
import { Action } from '../../ui/button.tsx'
import { ConfirmDialog } from '../../ui/confirm.tsx'
import { Section } from '../../ui/section.tsx'
import { Empty, Loaded } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { Ago, Id } from '../../ui/text.tsx'

const TONES: Readonly<Record<Redrive['state'], Tone>> = {
  sending: 'busy',
  settling: 'busy',
  completed: 'ok',
  cancelled: 'idle',
}

const CancelRedrive = ({ redrive: { id, selected, sent }, onDone }: { redrive: Redrive; onDone: () => void }) => {
  const [isAsking, setAsking] = useState(false)
  const cancel = async (): Promise<void> => {
    await act<Redrive>('Cancelling the redrive', { path: `/v1/redrives/${id}/cancel` }, ({ summary }) => ({
      text: `The redrive is cancelled: ${summary}`,
    }))
    setAsking(false)
    onDone()
  }
  return (
    <>
      <Action kind="danger" label={`Cancel redrive ${id}`} onClick={() => setAsking(true)}>
        Cancel
      </Action>
      {isAsking && (
        <ConfirmDialog
          title="Cancel this redrive?"
          confirm="Cancel the redrive"
          onConfirm={cancel}
          onClose={() => setAsking(false)}
        >
          <p>
            {count(sent)} of {count(selected)} letters are sent and go on. The others are open again.
          </p>
        </ConfirmDialog>
      )}
    </>
  )
}

const filterWords = (filter: Redrive['filter']): string => {
  const { ids, until, ...rest } = filter
  const words = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`)
  if (typeof until === 'string') words.push(`died by ${utc(until)}`)
  return [...(Array.isArray(ids) ? [`${ids.length} by id`] : []), ...words].join(', ') || 'all'
}

const RedriveRow = ({ redrive, onDone }: { redrive: Redrive; onDone: () => void }) => {
  const { id, state, selected, sent, outcomes, summary, filter, rate, createdAt } = redrive
  const ended = Object.values(outcomes).reduce((sum, one) => sum + one, 0)
  return (
    <tr class={route.value.params['redrive'] === id ? 'is-meant' : undefined}>
      <th scope="row">
        <Id of={id} />
      </th>
      <td>
        <Badge tone={state === 'completed' && outcomes.dead > 0 ? 'warn' : TONES[state]}>{state}</Badge>
      </td>
      <td class="progress-cell">
        <Bar
          whole={selected}
          parts={[
            { name: 'done', value: ended - outcomes.dead },
            { name: 'dead', value: outcomes.dead },
            { name: 'busy', value: sent - ended },
          ]}
        />
      </td>
      <td class="wrap">{summary}</td>
      <td class="wrap narrow">{filterWords(filter)}</td>
      <td class="num">{rate}/s</td>
      <td>
        <Ago at={createdAt} />
      </td>
      <td>{state === 'sending' && <CancelRedrive redrive={redrive} onDone={onDone} />}</td>
    </tr>
  )
}

export type RedriveList = Resource<{ readonly redrives: readonly Redrive[] }>

/** What was sent back, and what became of it. */
export const Redrives = ({ from }: { from: RedriveList }) => (
  <Section title="Redrives">
    <Loaded what="The redrives" from={from} rows={3}>
      {({ redrives }) =>
        redrives.length === 0 ? (
          <Empty>Nothing has been redriven yet.</Empty>
        ) : (
          <Table
            caption="Redrives, newest first"
            isCaptionHidden
            columns={[
              'Redrive',
              'State',
              'Progress',
              'Outcome',
              'Letters',
              { label: 'Rate', isNumber: true },
              'Requested',
              { label: 'Actions', isHidden: true },
            ]}
          >
            {redrives.map((redrive) => (
              <RedriveRow redrive={redrive} key={redrive.id} onDone={from.reload} />
            ))}
          </Table>
        )
      }
    </Loaded>
  </Section>
)
