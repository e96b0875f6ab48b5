import { type DependencyName, type Patient, startPatientRun, testNothingWasLost, testOutageOfEach } from './outages.ts'

// SIGKILL: connections are cut, then refused, until the dependency is started again with its data.

const AWAY_MS = 30_000
const patient = await startPatientRun()

/** Kills it; what it resolves with starts it again. */
const kill = async ({ deployment, upstream }: Patient, name: DependencyName): Promise<() => Promise<void>> => {
  if (name !== 'upstream') return deployment.care.takeDown(name)
  await upstream.kill()
  return upstream.start
}

testOutageOfEach(patient, 'killed', AWAY_MS, (...names) => async (on) => {
  const back = await Promise.all(names.map((name) => kill(on, name)))
  return async () => void (await Promise.all(back.map((bringBack) => bringBack())))
})
testNothingWasLost(patient)
