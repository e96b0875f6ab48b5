import { effect } from '@preact/signals'
import { render } from 'preact'
import { App } from './app.tsx'
import { startLive, status } from './state/live.ts'

const FIRST_STATUS_MS = 1_000

let isMounted = false

/** Puts the page in the place of what the server has rendered. */
const mount = (): void => {
  const root = document.getElementById('app')
  if (isMounted || !root) return
  isMounted = true
  root.replaceChildren()
  render(<App />, root)
}

startLive()
// What the server has rendered stays until there is something newer to show.
setTimeout(mount, FIRST_STATUS_MS)
effect(() => {
  // Not within the effect, which would then follow every signal that the page reads.
  if (status.value !== null) queueMicrotask(mount)
})
