import { useEffect, useState } from 'preact/hooks'
import { count, counted } from '../../../../src/page/format.ts'
import type { Redrive, RedrivePreview } from '../../contract.ts'
import { change, type Problem, problemOf } from '../../state/api.ts'
import { serverNow } from '../../state/clock.ts'
import { act } from '../../state/results.ts'
import { hrefOf } from '../../state/route.ts'
import { Bar } from '../../ui/bar.tsx'
import { ConfirmDialog } from '../../ui/confirm.tsx'
import { CopyLine } from '../../ui/copy-line.tsx'
import { ProblemNotice, Skeleton } from '../../ui/states.tsx'
import { Table } from '../../ui/table.tsx'
import { bodyOf, type Choice, commandOf, wordsOf } from './choice.ts'

interface Preview {
  /** What the letters must have died before: when the dialog was opened, so that later ones are not included. */
  readonly until: string
  readonly found: RedrivePreview | undefined
  readonly problem: Problem | undefined
}

/** Counts what a choice means, by a redrive's dry run; nothing is changed. */
const usePreview = (choice: Choice): Preview => {
  const [preview, setPreview] = useState<Preview>(() => ({
    until: new Date(serverNow()).toISOString(),
    found: undefined,
    problem: undefined,
  }))
  const body = JSON.stringify({ ...bodyOf(choice, preview.until), dryRun: true })
  useEffect(() => {
    change<RedrivePreview>({ path: '/v1/redrives', body: JSON.parse(body) }).then(
      (found) => setPreview((last) => ({ ...last, found })),
      (error: unknown) => setPreview((last) => ({ ...last, problem: problemOf(error) })),
    )
  }, [body])
  return preview
}

const Histogram = ({ histogram }: RedrivePreview) => {
  const most = Math.max(1, ...histogram.map(({ letters }) => letters))
  return (
    <Table
      caption="What the dry run has found, by code and resource type"
      columns={['Queue', 'Code', 'Type', { label: 'Letters', isNumber: true }, { label: 'As a bar', isHidden: true }]}
    >
      {histogram.slice(0, 30).map(({ queue, code, type, fingerprint, letters }) => (
        <tr key={`${queue} ${code} ${type} ${fingerprint}`}>
          <td>{queue}</td>
          <th scope="row">{code}</th>
          <td>{type ?? '–'}</td>
          <td class="num">{count(letters)}</td>
          <td class="share">
            <Bar whole={most} parts={[{ name: 'ready', value: letters }]} />
          </td>
        </tr>
      ))}
    </Table>
  )
}

const Found = ({ preview }: { preview: Preview }) => (
  <>
    {preview.problem && <ProblemNotice what="They can't be counted" problem={preview.problem} />}
    {preview.found === undefined && !preview.problem && <Skeleton />}
    {preview.found && <Histogram {...preview.found} />}
  </>
)

export interface LettersDialogProps {
  readonly choice: Choice
  readonly onClose: () => void
  readonly onDone: () => void
}

const DEFAULT_RATE = '50'

/** Sends letters back to their queue, after a dry run has shown which. */
export const RedriveDialog = ({ choice, onClose, onDone }: LettersDialogProps) => {
  const preview = usePreview(choice)
  const [rate, setRate] = useState(DEFAULT_RATE)
  const { selected = 0, overCap = 0 } = preview.found ?? {}
  const redrive = async (): Promise<void> => {
    const created = await act<Redrive>(
      'Redriving',
      { path: '/v1/redrives', body: { ...bodyOf(choice, preview.until), rate: Number(rate) } },
      ({ id, selected: taken }) => ({
        text: `Redrive requested: ${counted(taken, 'letter')}.`,
        link: { href: hrefOf('dead-letters', 'redrives', { redrive: id }), text: 'See what becomes of it' },
      }),
    )
    if (!created) return
    onDone()
    onClose()
  }
  return (
    <ConfirmDialog
      title="Redrive dead letters"
      confirm={`Redrive ${counted(selected, 'letter')}`}
      kind="primary"
      isReady={selected > 0}
      onConfirm={redrive}
      onClose={onClose}
    >
      <p>
        Sends {preview.found ? <strong>{counted(selected, 'letter')}</strong> : 'letters'} back to the queue:{' '}
        {wordsOf(choice, preview.until)}. Later ones are not included.
        {overCap > 0 && ` ${counted(overCap, 'letter')} more had been redriven as often as allowed and stay.`}
      </p>
      <Found preview={preview} />
      <label class="field rate">
        Letters a second
        <input
          type="number"
          min="0.1"
          max="1000"
          step="any"
          required
          value={rate}
          onInput={({ currentTarget }) => setRate(currentTarget.value)}
        />
      </label>
      <CopyLine text={`${commandOf('redrive', choice)} --rate ${rate}`} label="Copy the redrive command" />
    </ConfirmDialog>
  )
}

/** Gives letters up; more than one only after their number has been typed. */
export const DiscardDialog = ({ choice, onClose, onDone }: LettersDialogProps) => {
  const preview = usePreview(choice)
  const [typed, setTyped] = useState('')
  const total = preview.found ? preview.found.selected + preview.found.overCap : 0
  const discard = async (): Promise<void> => {
    const done = await act<{ discarded: number }>(
      'Discarding',
      { path: '/v1/dead-letters/discard', body: bodyOf(choice, preview.until) },
      ({ discarded }) => ({ text: `${counted(discarded, 'dead letter')} discarded.` }),
    )
    if (!done) return
    onDone()
    onClose()
  }
  return (
    <ConfirmDialog
      title="Discard dead letters"
      confirm={`Discard ${counted(total, 'letter')}`}
      isReady={total === 1 || (total > 1 && typed.replaceAll(',', '').trim() === String(total))}
      onConfirm={discard}
      onClose={onClose}
    >
      <p>
        Gives {preview.found ? <strong>{counted(total, 'letter')}</strong> : 'letters'} up:{' '}
        {wordsOf(choice, preview.until)}. Later ones are not included. There is no undo; the records stay on the
        dead-letter topic until its retention ends.
      </p>
      <Found preview={preview} />
      {total > 1 && (
        <label class="field rate">
          Type {count(total)} to discard them
          <input
            type="text"
            inputMode="numeric"
            autoComplete="off"
            value={typed}
            onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          />
        </label>
      )}
    </ConfirmDialog>
  )
}
