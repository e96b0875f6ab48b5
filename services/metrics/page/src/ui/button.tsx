import { computed } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { status } from '../state/live.ts'
import { token } from '../state/session.ts'

/** Why nothing can be changed from this page; null when it can. */
export const whyNot = computed(() => {
  if (status.value?.mode.readOnly) return 'This service is read-only: it was started with READ_ONLY=true.'
  return token.value === null ? 'Sign in with the API token to change something.' : null
})

export interface ActionProps {
  readonly onClick?: () => void
  readonly isBusy?: boolean
  readonly kind?: 'primary' | 'danger' | 'plain'
  readonly type?: 'button' | 'submit'
  /** The name, where the text alone does not say what the button is for. */
  readonly label?: string
  readonly children: ComponentChildren
}

/** A button that changes something: out of use, with the reason, in read-only mode and without a token. */
export const Action = ({ onClick, isBusy = false, kind = 'plain', type = 'button', label, children }: ActionProps) => {
  const reason = whyNot.value
  return (
    <button
      type={type}
      class={kind}
      disabled={isBusy || reason !== null}
      title={reason ?? undefined}
      aria-label={label}
      aria-busy={isBusy}
      onClick={onClick}
    >
      {children}
    </button>
  )
}

/** The reason in words, beside buttons that are out of use. */
export const WhyNot = () => (whyNot.value === null ? null : <p class="why-not">{whyNot.value}</p>)
