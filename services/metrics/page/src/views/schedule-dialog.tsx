import { useState } from 'preact/hooks'
import type { Schedule } from '../contract.ts'
import { act } from '../state/results.ts'
import { useResource } from '../state/use-resource.ts'
import { ConfirmDialog } from '../ui/confirm.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Loaded } from '../ui/states.tsx'

/** A schedule as `PUT /v1/schedules` takes it; what is undefined is not sent. */
interface Rule {
  readonly name: string
  readonly cron: string
  readonly timeZone: string
  readonly types?: readonly string[] | undefined
  readonly limit?: number | undefined
  readonly force?: boolean | undefined
  readonly enabled: boolean
  readonly note?: string | undefined
  readonly catchUp?: Schedule['catchUp']
}
interface ScheduleList {
  readonly schedules: readonly Schedule[]
}

/** What was put, of what is shown. */
const ruleOf = ({ name, cron, timeZone, request, enabled, note, catchUp }: Schedule): Rule => ({
  name,
  cron,
  timeZone,
  ...request,
  enabled,
  note: note === '' ? undefined : note,
  catchUp,
})

export interface ScheduleDialogProps {
  /** Null for a new one. */
  readonly name: string | null
  readonly intent: 'edit' | 'pause' | 'resume'
  readonly onClose: () => void
}

const NEW: Rule = { name: '', cron: '0 4 * * *', timeZone: 'UTC', enabled: true }
const VERBS = { edit: 'Save', pause: 'Pause', resume: 'Resume' } as const
const DONE = { edit: 'saved', pause: 'paused', resume: 'resumed' } as const

interface TextProps {
  readonly label: string
  readonly value: string
  readonly hint?: string
  readonly isRequired?: boolean
  readonly onInput: (value: string) => void
}
const Text = ({ label, value, hint, isRequired = false, onInput }: TextProps) => (
  <label class="field">
    {label}
    <input
      type="text"
      required={isRequired}
      value={value}
      onInput={({ currentTarget }) => onInput(currentTarget.value)}
    />
    {hint && <span class="hint">{hint}</span>}
  </label>
)

/** Keeps the text as it is typed, commas and all, beside the names in it. */
const TypesField = ({ types, onChange }: { types: Rule['types']; onChange: (types: Rule['types']) => void }) => {
  const [text, setText] = useState((types ?? []).join(', '))
  const parse = (typed: string): void => {
    setText(typed)
    const names = typed.split(/[\s,]+/).filter((name) => name !== '')
    onChange(names.length > 0 ? names : undefined)
  }
  return <Text label="Resource types" value={text} hint="with commas; empty for every type" onInput={parse} />
}

const Fields = ({ rule, isNew, onChange }: { rule: Rule; isNew: boolean; onChange: (rule: Rule) => void }) => {
  const set = (changed: Partial<Rule>): void => onChange({ ...rule, ...changed })
  return (
    <div class="fields">
      {isNew && <Text label="Name" value={rule.name} isRequired onInput={(name) => set({ name })} />}
      <Text
        label="Cron rule"
        value={rule.cron}
        isRequired
        hint="minute hour day month weekday; six fields begin with seconds"
        onInput={(cron) => set({ cron })}
      />
      <Text
        label="Time zone"
        value={rule.timeZone}
        isRequired
        hint="as Europe/Berlin"
        onInput={(timeZone) => set({ timeZone })}
      />
      <TypesField types={rule.types} onChange={(types) => set({ types })} />
      <label class="field">
        Limit
        <input
          type="number"
          min="1"
          value={rule.limit ?? ''}
          onInput={({ currentTarget: { value } }) => set({ limit: value === '' ? undefined : Number(value) })}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={rule.force ?? false}
          onChange={({ currentTarget }) => set({ force: currentTarget.checked || undefined })}
        />
        Force: fetch again what has not changed
      </label>
    </div>
  )
}

interface EditorProps extends ScheduleDialogProps {
  readonly rules: readonly Rule[]
}

const Editor = ({ rules, name, intent, onClose }: EditorProps) => {
  const [rule, setRule] = useState<Rule>(() => rules.find((one) => one.name === name) ?? NEW)
  const isNew = name === null
  const isTaken = isNew && rules.some((one) => one.name === rule.name.trim())
  const save = async (): Promise<void> => {
    const changed: Rule = { ...rule, enabled: intent === 'edit' ? rule.enabled : intent === 'resume' }
    const others = rules.filter((one) => one.name !== changed.name)
    const saved = await act(
      `${VERBS[intent]} ${changed.name}`,
      { method: 'PUT', path: '/v1/schedules', body: { schedules: [...others, changed] } },
      () => ({ text: `The schedule ${changed.name} is ${DONE[intent]}.` }),
    )
    if (saved) onClose()
  }
  return (
    <ConfirmDialog
      title={isNew ? 'Add schedule' : `${VERBS[intent]} ${name}`}
      confirm={`${VERBS[intent]} schedule`}
      kind="primary"
      isReady={rule.name.trim() !== '' && !isTaken}
      onConfirm={save}
      onClose={onClose}
    >
      {isTaken && <p class="notice warn">There is a schedule of this name; edit that one.</p>}
      {intent === 'edit' && <Fields rule={rule} isNew={isNew} onChange={setRule} />}
      {intent === 'pause' && <p>No run begins by this schedule until it is resumed.</p>}
      {intent === 'resume' && <p>The next run begins at the next time of its rule.</p>}
      <Text
        label="Note"
        value={rule.note ?? ''}
        hint="for those who find it so"
        onInput={(note) => setRule({ ...rule, note: note === '' ? undefined : note })}
      />
    </ConfirmDialog>
  )
}

/** Changes one schedule of the list, which is read first and put back whole. */
export const ScheduleDialog = (props: ScheduleDialogProps) => {
  const list = useResource<ScheduleList>('/v1/schedules')
  if (list.data) return <Editor {...props} rules={list.data.schedules.map(ruleOf)} />
  return (
    <Dialog title="Schedule" onClose={props.onClose}>
      <Loaded what="The schedules" from={list}>
        {() => null}
      </Loaded>
    </Dialog>
  )
}
