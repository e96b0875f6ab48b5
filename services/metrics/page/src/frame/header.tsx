import { useState } from 'preact/hooks'
import { clockTime, duration, utc } from '../../../src/page/format.ts'
import { type VerdictWord, verdictOf } from '../../../src/page/verdict.ts'
import { connection, dataAge, liveOn, status } from '../state/live.ts'
import { signOut, THEMES, theme, token } from '../state/session.ts'
import { SignInDialog } from './sign-in.tsx'

const SHAPES: Readonly<Record<VerdictWord, string>> = {
  Working: '▶',
  Waiting: '◔',
  Idle: '○',
  Paused: '❚❚',
  Blocked: '■',
  Stalled: '▲',
  Unknown: '?',
}

const VerdictLine = () => {
  const { word, detail } =
    status.value === null ? { word: 'Unknown' as const, detail: 'reading the status' } : verdictOf(status.value)
  return (
    <p class="verdict" data-word={word}>
      <span class="verdict-shape" aria-hidden="true">
        {SHAPES[word]}
      </span>
      <span>
        <strong>{word}</strong>
        <span class="sr-only">: </span>
        <span class="verdict-detail">{detail}</span>
      </span>
    </p>
  )
}

const DataAge = () => {
  const at = status.value?.lagMeasuredAt
  const age = dataAge.value
  if (!at || age === null) return <span class="data-age">Not measured yet</span>
  const isOld = age.isStale || connection.value.state === 'lost'
  return (
    <span class={`data-age ${isOld ? 'is-old' : ''}`}>
      {isOld && <span aria-hidden="true">▲ </span>}
      <time dateTime={at} title={utc(at)}>
        {isOld ? `As of ${clockTime(at)} UTC, ${duration(age.seconds)} old` : `Measured ${duration(age.seconds)} ago`}
      </time>
    </span>
  )
}

const WAYS: Readonly<Record<string, string>> = {
  live: 'live',
  polling: 'asked every 2 s',
  connecting: 'connecting',
  off: 'off',
  lost: 'lost',
}

const LiveSwitch = () => (
  <button
    type="button"
    role="switch"
    class="switch"
    aria-checked={liveOn.value}
    aria-label="Live updates"
    title={`Updates: ${WAYS[connection.value.state]}`}
    onClick={() => {
      liveOn.value = !liveOn.value
    }}
  >
    <span class="knob" aria-hidden="true" />
    <span aria-hidden="true">Live</span>
  </button>
)

const Session = () => {
  const [isOpen, setOpen] = useState(false)
  if (status.value?.mode.readOnly) return <span class="chip">Read-only</span>
  if (token.value !== null)
    return (
      <span class="signed-in">
        <span class="chip ok">Signed in</span>
        <button type="button" onClick={signOut}>
          Sign out
        </button>
      </span>
    )
  return (
    <>
      <button type="button" class="primary" onClick={() => setOpen(true)}>
        Sign in
      </button>
      {isOpen && <SignInDialog onClose={() => setOpen(false)} />}
    </>
  )
}

const ThemeChoice = () => (
  <label class="theme">
    <span class="sr-only">Theme</span>
    <select
      value={theme.value}
      onChange={({ currentTarget }) => {
        theme.value = THEMES.find((name) => name === currentTarget.value) ?? 'system'
      }}
    >
      {THEMES.map((name) => (
        <option value={name} key={name}>
          {name}
        </option>
      ))}
    </select>
  </label>
)

// No link, since the address belongs to the views.
const skip = (): void => document.getElementById('view-title')?.focus()

/** The verdict, how old it is, and what holds for the whole page. */
export const Header = ({ onHelp }: { onHelp: () => void }) => (
  <header class="top">
    <button type="button" class="skip" onClick={skip}>
      Skip to content
    </button>
    <div class="brand">
      <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="7" />
        <path d="M1 8h4.4m5.2 0H15" />
        <circle class="eye" cx="8" cy="8" r="2.6" />
      </svg>
      <h1>Pokepedia Stream</h1>
      {status.value?.version && <span class="version">{status.value.version}</span>}
    </div>
    <VerdictLine />
    <div class="controls">
      <DataAge />
      <LiveSwitch />
      <ThemeChoice />
      <button
        type="button"
        class="quiet"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={onHelp}
      >
        ?
      </button>
      <Session />
    </div>
  </header>
)
