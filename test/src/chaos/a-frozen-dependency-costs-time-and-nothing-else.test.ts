import { ingestQueue, spritesQueue } from '@pokepedia/events'
import { freeze } from './freeze.ts'
import { BOTH, type Patient, startPatientRun, testNothingWasLost, testOutage } from './outages.ts'

// SIGSTOP: the connections stay open and nobody answers, as on a machine that swaps or a network that drops packets.

const patient = await startPatientRun()

const frozen =
  (...names: readonly string[]) =>
  async ({ deployment, upstream }: Patient) => {
    const thaw = names.map((name) => freeze(name === 'upstream' ? upstream.pid : (deployment.pids[name] ?? -1)))
    return async () => {
      for (const one of thaw) one()
    }
  }

const AWAY_MS = 30_000
testOutage(patient, { what: 'PostgreSQL frozen', stops: BOTH, begin: frozen('postgres') }, AWAY_MS)
// A running service has the schemas it needs, so the registry's absence stops nothing.
testOutage(
  patient,
  {
    what: 'object store and registry frozen',
    stops: [spritesQueue.name],
    spares: [ingestQueue.name],
    begin: frozen('s3', 'registry'),
  },
  AWAY_MS,
)
testOutage(patient, { what: 'Kafka frozen', stops: [], begin: frozen('kafka') }, AWAY_MS)
testOutage(patient, { what: 'upstream frozen', stops: BOTH, begin: frozen('upstream') }, AWAY_MS)
testNothingWasLost(patient)
