import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { hold } from '../state/live.ts'

export interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** A modal dialog: the browser keeps the focus in it and gives it back; Esc closes. The page stands still behind it. */
export const Dialog = ({ title, onClose, children }: DialogProps) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const release = hold()
    const opener = document.activeElement
    dialog.current?.showModal()
    return () => {
      release()
      // What has opened it may go together with it; then reading goes on at the heading.
      setTimeout(() => {
        const next =
          opener instanceof HTMLElement && opener.isConnected ? opener : document.getElementById('view-title')
        next?.focus()
      })
    }
  }, [])
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onClose={onClose}>
      <div class="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <button type="button" class="quiet" aria-label="Close dialog" onClick={onClose}>
          ✕
        </button>
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  )
}
