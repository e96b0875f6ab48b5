import { useState } from 'preact/hooks'
import { announce } from '../state/results.ts'

/** A command to be copied. */
export const CopyLine = ({ text, label }: { text: string; label: string }) => {
  const [isCopied, setCopied] = useState(false)
  const copy = async (): Promise<void> => {
    // A browser offers the clipboard on https and loopback alone; elsewhere the text can be selected.
    await navigator.clipboard?.writeText(text).then(() => {
      setCopied(true)
      announce('Copied')
    })
  }
  return (
    <div class="copy-line">
      <code>{text}</code>
      <button type="button" onClick={copy} aria-label={label}>
        {isCopied ? 'Copied' : 'Copy'}
      </button>
    </div>
  )
}
