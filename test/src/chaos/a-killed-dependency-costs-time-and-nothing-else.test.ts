import { ingestQueue, spritesQueue } from '@pokepedia/events'
import type { ComponentName } from '@pokepedia/stack'
import { BOTH, type Patient, startPatientRun, testNothingWasLost, testOutage } from './outages.ts'

// SIGKILL: connections are cut, then refused, until the dependency is started again with its data.

const patient = await startPatientRun()

const killed =
  (...names: readonly ComponentName[]) =>
  async ({ deployment }: Patient) => {
    const back = await Promise.all(names.map((name) => deployment.care.takeDown(name)))
    return async () => void (await Promise.all(back.map((bringBack) => bringBack())))
  }
const killedUpstream = async ({ upstream }: Patient) => {
  await upstream.kill()
  return upstream.start
}

const AWAY_MS = 30_000
testOutage(patient, { what: 'PostgreSQL killed', stops: BOTH, begin: killed('postgres') }, AWAY_MS)
// A running service has the schemas it needs, so the registry's absence stops nothing.
testOutage(
  patient,
  {
    what: 'object store and registry killed',
    stops: [spritesQueue.name],
    spares: [ingestQueue.name],
    begin: killed('s3', 'registry'),
  },
  AWAY_MS,
)
testOutage(patient, { what: 'Kafka killed', stops: [], begin: killed('kafka') }, AWAY_MS)
testOutage(patient, { what: 'upstream killed', stops: BOTH, begin: killedUpstream }, AWAY_MS)
testNothingWasLost(patient)
