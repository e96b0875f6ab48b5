import { keysOn } from '../state/session.ts'
import { Dialog } from '../ui/dialog.tsx'
import { PLACES } from './keys.ts'
import { TITLES } from './navigation.tsx'

const KEYS: readonly (readonly [string, string])[] = [
  ['?', 'This help'],
  ['/', 'To the filter of the view'],
  ['j k', 'To the next row, to the one before'],
  ['Enter', 'Open the row'],
  ['l', 'Live updates on or off'],
  ['Esc', 'Close a dialog'],
  ...Object.entries(PLACES).map(([key, view]) => [`g ${key}`, `To ${TITLES[view]}`] as const),
]

export const HelpDialog = ({ onClose }: { onClose: () => void }) => (
  <Dialog title="Keyboard shortcuts" onClose={onClose}>
    <dl class="keys">
      {KEYS.map(([keys, what]) => (
        <div key={keys}>
          <dt>
            {keys.split(' ').map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
    <label class="check">
      <input
        type="checkbox"
        checked={keysOn.value}
        onChange={({ currentTarget }) => {
          keysOn.value = currentTarget.checked
        }}
      />
      Single-key shortcuts
    </label>
    <p class="hint">No key changes anything in the pipeline. Updates wait while a dialog is open.</p>
  </Dialog>
)
