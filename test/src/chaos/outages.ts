import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Deployment, DeploymentOptions } from '@pokepedia/cli'
import { ingestQueue, spritesQueue } from '@pokepedia/events'
import { freePort } from '@pokepedia/stack'
import { deploy, post, setFaults, sql, until } from '../e2e/support.ts'
import { assertBalanced, diverted } from './evidence.ts'
import { progressOf, untilMoving } from './progress.ts'
import { startUpstream, type UpstreamProcess, type UpstreamProcessOptions } from './upstream-process.ts'

export const BOTH = [ingestQueue.name, spritesQueue.name]
/** By contract work goes on within 10 s of a dependency's return. */
const RECOVERY_LIMIT_MS = 10_000

/** A deployment whose upstream takes a second for each answer, so that a run lasts longer than the outages in it. */
export interface Patient {
  readonly deployment: Deployment
  readonly upstream: UpstreamProcess
  readonly runId: string
}

const SLOW = [{ match: '^/(api/v2/[a-z-]+/[0-9]+|media)/', kind: 'latency', delayMs: 1_000 } as const]

export interface PatientOptions extends Omit<DeploymentOptions, 'directory' | 'upstream'> {
  /** Where the upstream listens and, if a proxy stands before it, where clients see it. */
  readonly upstreamPorts?: Pick<UpstreamProcessOptions, 'port' | 'seenPort'>
}

/** Starts a run that has work of both queues for about a minute, outages not counted. */
export const startPatientRun = async ({ upstreamPorts, ...options }: PatientOptions = {}): Promise<Patient> => {
  const ports = upstreamPorts ?? { port: await freePort() }
  const upstream = await startUpstream({ ...ports, source: ['--pokemon', '500'], faults: SLOW })
  const deployment = await deploy({ ...options, upstream: { kind: 'url', url: upstream.url } })
  const request = { types: ['pokemon', 'pokemon-species', 'pokemon-form'] }
  const answer = await post(deployment, JSON.stringify(request))
  assert.equal(answer.status, 202)
  const runId = (answer.headers.get('location') ?? '').replace('/v1/runs/', '')
  await until(
    'both queues at work',
    () => progressOf(deployment, runId),
    (now) => BOTH.every((queue) => (now?.[queue]?.settled ?? 0) > 30),
  )
  return { deployment, upstream, runId }
}

export interface Outage {
  readonly what: string
  /** The queues that stand still meanwhile. */
  readonly stops: readonly string[]
  /** The queues that go on as if nothing had happened. Of others neither is asked: they use up what they have read. */
  readonly spares?: readonly string[]
  /** Begins it; what it resolves with ends it and resolves when the dependency answers again. */
  readonly begin: (patient: Patient) => Promise<() => Promise<void>>
}

const LAST_LOOK_MS = 8_000
const recoveries: string[] = []

/** Work stands still while its dependency is away, and only that work; all goes on within 10 s of the return. */
export const testOutage = (patient: Patient, { what, stops, spares = [], begin }: Outage, downMs: number): void => {
  test(`${what}: work goes on by itself when it is over`, async () => {
    const { deployment, runId } = patient
    const end = await begin(patient)
    try {
      await delay(downMs - LAST_LOOK_MS)
      const before = await progressOf(deployment, runId)
      await delay(LAST_LOOK_MS)
      const after = await progressOf(deployment, runId)
      for (const queue of stops)
        assert.equal(after?.[queue]?.settled, before?.[queue]?.settled, `${queue} during ${what}`)
      for (const queue of spares)
        assert.ok((after?.[queue]?.settled ?? 0) > (before?.[queue]?.settled ?? 0), `${queue} during ${what}`)
    } finally {
      await end()
    }
    const tookMs = await untilMoving(deployment, runId, BOTH, RECOVERY_LIMIT_MS)
    recoveries.push(
      `${what.padEnd(46)} ${downMs / 1_000} s away, all work goes on after ${(tookMs / 1_000).toFixed(1)} s`,
    )
  })
}

/** What the services depend on, as the deployment names its processes. */
export type DependencyName = 'postgres' | 's3' | 'registry' | 'kafka' | 'upstream'

/** The same outage of each dependency, one after the other; `how` is the word for it. */
export const testOutageOfEach = (
  patient: Patient,
  how: string,
  downMs: number,
  begin: (...names: readonly DependencyName[]) => Outage['begin'],
): void => {
  testOutage(patient, { what: `PostgreSQL ${how}`, stops: BOTH, begin: begin('postgres') }, downMs)
  // A running service has the schemas it needs, so the registry's absence stops nothing.
  const stored = { stops: [spritesQueue.name], spares: [ingestQueue.name], begin: begin('s3', 'registry') }
  testOutage(patient, { what: `object store and registry ${how}`, ...stored }, downMs)
  testOutage(patient, { what: `Kafka ${how}`, stops: [], begin: begin('kafka') }, downMs)
  testOutage(patient, { what: `upstream ${how}`, stops: BOTH, begin: begin('upstream') }, downMs)
}

/** The last test of a file: what its outages cost. */
export const testNothingWasLost = ({ deployment, runId }: Patient): void => {
  test('the run completes; no attempt was spent, nothing is dead, the audit balances', async () => {
    console.log(recoveries.join('\n'))
    await setFaults(deployment, [])
    const [run] = await until(
      'the end of the run',
      () => sql(deployment, 'select state from pokepedia_runs where id = $1', [runId]),
      ([only]) => !['discovering', 'running'].includes(String(only?.['state'])),
      120_000,
    )
    assert.equal(run?.['state'], 'completed')
    const outcomes = await sql(deployment, 'select distinct outcome from pokepedia_run_ledger where run_id = $1', [
      runId,
    ])
    assert.deepEqual(outcomes, [{ outcome: 'stored' }])
    await assertBalanced(deployment, runId)
    assert.deepEqual(await diverted(deployment, '5s,30s,5m'), { retried: 0, dead: 0 })
  })
}
