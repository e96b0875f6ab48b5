import { useEffect, useRef, useState } from 'preact/hooks'
import { counted } from '../../../src/page/format.ts'
import { now } from '../state/clock.ts'
import { connect, connection, held, liveOn, status } from '../state/live.ts'

/** That the service is a newer one than the page was made for. */
const NewVersion = () => {
  const first = useRef<string | null>(null)
  const version = status.value?.version ?? null
  const [isOld, setOld] = useState(false)
  useEffect(() => {
    if (version === null) return
    first.current ??= version
    setOld(first.current !== version)
  }, [version])
  if (!isOld) return null
  return (
    <div class="banner warn">
      <p>The service is now version {version}; this page belongs to an earlier one.</p>
      <button type="button" onClick={() => location.reload()}>
        Load the page again
      </button>
    </div>
  )
}

/** Says when what is shown does not come by itself any more, and why. */
export const ConnectionBanner = () => {
  const now_ = connection.value
  // Counts down with the clock.
  const seconds = now_.state === 'lost' ? Math.max(0, Math.ceil((now_.retryAtMs - Date.now()) / 1_000)) : now.value && 0
  return (
    <>
      <NewVersion />
      {now_.state === 'lost' && (
        <div class="banner bad">
          <p>
            <strong>Connection lost.</strong> What you see is the last that was measured. Trying again in{' '}
            {counted(seconds, 'second')}.
          </p>
          <button type="button" onClick={connect}>
            Retry now
          </button>
        </div>
      )}
      {now_.state === 'off' && (
        <div class="banner quiet">
          <p>Live updates are off. What you see does not change by itself.</p>
          <button
            type="button"
            onClick={() => {
              liveOn.value = true
            }}
          >
            Resume updates
          </button>
        </div>
      )}
      {held.value && now_.state !== 'lost' && <p class="sr-only">Updates wait until the dialog is closed.</p>}
    </>
  )
}
