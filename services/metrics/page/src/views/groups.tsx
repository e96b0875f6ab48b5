import { useState } from 'preact/hooks'
import { utc } from '../../../src/page/format.ts'
import type { Status } from '../contract.ts'
import { act } from '../state/results.ts'
import { useResource } from '../state/use-resource.ts'
import { Badge } from '../ui/badge.tsx'
import { Action, WhyNot } from '../ui/button.tsx'
import { ConfirmDialog } from '../ui/confirm.tsx'
import { Section } from '../ui/section.tsx'
import { Empty } from '../ui/states.tsx'
import { Table } from '../ui/table.tsx'

type Group = Status['groups'][number]
interface Pause {
  readonly reason: string
  readonly at: string | null
}

const MAX_REASON = 200

const PauseDialog = ({ group, onClose, onDone }: { group: string; onClose: () => void; onDone: () => void }) => {
  const [reason, setReason] = useState('')
  const pause = async (): Promise<void> => {
    const done = await act(
      `Pausing ${group}`,
      { path: `/v1/groups/${encodeURIComponent(group)}/pause`, body: { reason: reason.trim() } },
      () => ({ text: `${group} is asked to stand still.` }),
    )
    onDone()
    if (done) onClose()
  }
  return (
    <ConfirmDialog
      title={`Pause ${group}`}
      confirm={`Pause ${group}`}
      isReady={reason.trim() !== ''}
      onConfirm={pause}
      onClose={onClose}
    >
      <p>
        What is in work is finished; nothing more is taken, over every restart, until the group is resumed. Records wait
        in their topic.
      </p>
      <label class="field">
        Reason
        <input
          type="text"
          required
          maxLength={MAX_REASON}
          value={reason}
          placeholder="for those who find it paused"
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
    </ConfirmDialog>
  )
}

const GroupRow = ({ group, pause, onDone }: { group: Group; pause: Pause | null | undefined; onDone: () => void }) => {
  const [isAsking, setAsking] = useState(false)
  const name = group.group
  const resume = async (): Promise<void> => {
    await act(`Resuming ${name}`, { path: `/v1/groups/${encodeURIComponent(name)}/resume` }, () => ({
      text: `${name} is asked to go on.`,
    }))
    onDone()
  }
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <Badge tone={pause ? 'warn' : group.members === 0 ? 'bad' : group.state === 'Stable' ? 'ok' : 'busy'}>
          {pause ? 'Paused' : group.state}
        </Badge>
      </td>
      <td class="num">{group.members}</td>
      <td class="wrap">
        {pause ? (
          <>
            {pause.reason} <span class="muted">{pause.at ? `since ${utc(pause.at)}` : ''}</span>
          </>
        ) : (
          '–'
        )}
      </td>
      <td>
        {pause && (
          <Action label={`Resume ${name}`} onClick={() => void resume()}>
            Resume
          </Action>
        )}
        {pause === null && (
          <Action label={`Pause ${name}`} onClick={() => setAsking(true)}>
            Pause…
          </Action>
        )}
        {isAsking && <PauseDialog group={name} onClose={() => setAsking(false)} onDone={onDone} />}
      </td>
    </tr>
  )
}

const EVERY_MS = 5_000

/** The consumer groups; those of the queues can be paused and resumed. */
export const Groups = ({ status }: { status: Status }) => {
  // Which groups can be paused, and at once after it was asked for; the status has it a cycle later.
  const pauses = useResource<{ groups: readonly { group: string; paused: Pause | null }[] }>('/v1/groups', EVERY_MS)
  const pauseOf = (name: string): Pause | null | undefined =>
    pauses.data
      ? pauses.data.groups.find(({ group }) => group === name)?.paused
      : status.pauses?.find(({ group }) => group === name)
  return (
    <Section title="Consumer groups" aside={<WhyNot />}>
      {status.groups.length === 0 ? (
        <Empty>No group has been measured yet.</Empty>
      ) : (
        <Table
          caption="Consumer groups"
          isCaptionHidden
          columns={[
            'Group',
            'State',
            { label: 'Members', isNumber: true },
            'Paused because',
            { label: 'Actions', isHidden: true },
          ]}
        >
          {status.groups.map((group) => (
            <GroupRow key={group.group} group={group} pause={pauseOf(group.group)} onDone={pauses.reload} />
          ))}
        </Table>
      )}
    </Section>
  )
}
