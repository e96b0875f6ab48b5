import { freeze } from './freeze.ts'
import { startPatientRun, testNothingWasLost, testOutageOfEach } from './outages.ts'

// SIGSTOP: the connections stay open and nobody answers, as on a machine that swaps or a network that drops packets.

const AWAY_MS = 30_000
const patient = await startPatientRun()

testOutageOfEach(patient, 'frozen', AWAY_MS, (...names) => async ({ deployment, upstream }) => {
  const thaw = names.map((name) => freeze(name === 'upstream' ? upstream.pid : (deployment.pids[name] ?? -1)))
  return async () => {
    for (const one of thaw) one()
  }
})
testNothingWasLost(patient)
