import { useState } from 'preact/hooks'
import { change, type Problem, problemOf } from '../state/api.ts'
import { report } from '../state/results.ts'
import { signIn } from '../state/session.ts'
import { Dialog } from '../ui/dialog.tsx'
import { ProblemNotice } from '../ui/states.tsx'

/** Asks for the token, and tries it with a change that changes nothing: the dry run of a redrive. */
export const SignInDialog = ({ onClose }: { onClose: () => void }) => {
  const [given, setGiven] = useState('')
  const [problem, setProblem] = useState<Problem>()
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    try {
      const triedToken = given.trim()
      await change({ path: '/v1/redrives', body: { all: true, dryRun: true }, triedToken })
      signIn(triedToken)
      report('Signed in')
      onClose()
    } catch (error) {
      setProblem(problemOf(error))
      setBusy(false)
    }
  }
  return (
    <Dialog title="Sign in" onClose={onClose}>
      <form onSubmit={submit}>
        <p class="hint">
          Changes need the API token (<code>API_TOKEN</code>). <code>npm start</code> prints it;{' '}
          <code>.local/stack.json</code> has it too. It is kept until this tab is closed and is sent to this service
          alone.
        </p>
        {problem && <ProblemNotice what="The token was not taken" problem={problem} />}
        <label class="field">
          API token
          <input
            type="password"
            autoComplete="off"
            required
            value={given}
            onInput={({ currentTarget }) => setGiven(currentTarget.value)}
          />
        </label>
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy || given.trim() === ''}>
            Sign in
          </button>
        </div>
      </form>
    </Dialog>
  )
}
