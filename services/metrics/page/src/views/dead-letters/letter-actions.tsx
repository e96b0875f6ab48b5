import { useState } from 'preact/hooks'
import { Action } from '../../ui/button.tsx'
import type { Choice } from './choice.ts'
import { DiscardDialog, RedriveDialog } from './dialogs.tsx'

export interface LetterActionsProps {
  readonly choice: Choice
  /** What the buttons are for: "all letters", "letter 12", "3 selected letters". */
  readonly what: string
  /** What the buttons say, where that is shorter than `what`. */
  readonly shortly?: boolean
  readonly onDone: () => void
}

/** The two things that can be done with dead letters; each asks first. */
export const LetterActions = ({ choice, what, shortly = false, onDone }: LetterActionsProps) => {
  const [open, setOpen] = useState<'redrive' | 'discard'>()
  // What was chosen when the dialog was opened: the list behind it may change.
  const [chosen, setChosen] = useState<Choice>(choice)
  const ask = (which: 'redrive' | 'discard'): void => {
    setChosen(choice)
    setOpen(which)
  }
  const close = (): void => setOpen(undefined)
  return (
    <span class="letter-actions">
      <Action label={`Redrive ${what}`} onClick={() => ask('redrive')}>
        {shortly ? 'Redrive' : `Redrive ${what}`}
      </Action>
      <Action kind="danger" label={`Discard ${what}`} onClick={() => ask('discard')}>
        {shortly ? 'Discard' : `Discard ${what}`}
      </Action>
      {open === 'redrive' && <RedriveDialog choice={chosen} onClose={close} onDone={onDone} />}
      {open === 'discard' && <DiscardDialog choice={chosen} onClose={close} onDone={onDone} />}
    </span>
  )
}
