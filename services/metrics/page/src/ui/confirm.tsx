import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Action } from './button.tsx'
import { Dialog } from './dialog.tsx'

export interface ConfirmProps {
  readonly title: string
  /** On the button that does it: verb and object. */
  readonly confirm: string
  readonly kind?: 'primary' | 'danger'
  readonly isReady?: boolean
  readonly onConfirm: () => Promise<void>
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** Asks before something is done; the safe button comes first and has the focus. */
export const ConfirmDialog = ({ title, confirm, kind = 'danger', isReady = true, ...props }: ConfirmProps) => {
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    await props.onConfirm()
    setBusy(false)
  }
  return (
    <Dialog title={title} onClose={props.onClose}>
      <form onSubmit={submit}>
        {props.children}
        <div class="dialog-actions">
          <button type="button" onClick={props.onClose}>
            Keep as it is
          </button>
          <Action type="submit" kind={kind} isBusy={isBusy || !isReady}>
            {confirm}
          </Action>
        </div>
      </form>
    </Dialog>
  )
}
