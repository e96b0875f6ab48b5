import {
  ingestQueue,
  partsOfPath,
  type ResourceRequested,
  type RunId,
  resourcePath,
  urlOfPath,
} from '@pokepedia/events'
import type { Emit } from '@pokepedia/pipeline'
import { killPoint, type Log, type ResourceSettings, secondsOf } from '@pokepedia/service'
import {
  enterRequests,
  freshPaths,
  getRun,
  inFlight,
  type Run,
  type Store,
  setFresh,
  setRunning,
  withRunLock,
} from '@pokepedia/storage'
import { discover } from './discover.ts'
import type { ListSource } from './lists.ts'
import type { Discovered } from './resources.ts'

export interface AdvanceDeps {
  readonly store: Store
  readonly source: ListSource
  readonly emit: Emit<ResourceRequested>
  readonly resources: ResourceSettings
  readonly log: Log
}

/**
 * Events that leave in one request to the producer, which holds each of them several times over meanwhile: with 1,000 the
 * process kept 20 MB more.
 */
const CHUNK = 200

/** Reads a stored request; its paths were parsed before they were stored. */
const selectionOf = ({ types, paths, limit }: Run['request']) => ({ types, paths: paths?.map(resourcePath), limit })

/**
 * The resources without those that are fresh by the settings of their type. What a person named is asked for, and so is
 * everything with force.
 */
const withoutFresh = async (
  { store, resources }: AdvanceDeps,
  run: Run,
  entries: readonly Discovered[],
): Promise<readonly Discovered[]> => {
  const candidates = entries.flatMap(({ path, resourceType, discoveredFrom }) => {
    const { freshFor } = resources.of(resourceType)
    return freshFor === undefined || discoveredFrom === null || run.request.force
      ? []
      : [{ path, freshForMs: freshFor }]
  })
  if (candidates.length === 0) return entries
  const fresh = await freshPaths(store, run.id, ingestQueue.name, candidates)
  await setFresh(store, run.id, fresh.size)
  return entries.filter(({ path }) => !fresh.has(path))
}

const emitInFlight = async (
  { store, source, emit, resources }: AdvanceDeps,
  run: Run,
  entries: readonly Discovered[],
  signal: AbortSignal,
): Promise<number> => {
  const foundOn = new Map(entries.map((entry) => [entry.path, entry.discoveredFrom]))
  let emitted = 0
  const eventOf = (key: string): ResourceRequested => {
    const path = resourcePath(key)
    return {
      runId: run.id,
      path,
      resourceType: partsOfPath(path).resourceType,
      url: urlOfPath(source.apiRoot, path),
      force: run.request.force ?? false,
      discoveredFrom: foundOn.get(path) ?? null,
      requestedAt: Date.now(),
    }
  }
  const types = new Set(entries.map(({ resourceType }) => resourceType))
  const priorities = new Map([...types].map((type) => [type, resources.of(type).priority ?? 0] as const))
  for await (const page of inFlight(store, run.id, ingestQueue.name, priorities)) {
    for (let at = 0; at < page.length; at += CHUNK) {
      signal.throwIfAborted()
      await emit(
        page.slice(at, at + CHUNK).map(({ key }) => eventOf(key)),
        run.traceparent,
      )
      killPoint('events_acked')
    }
    emitted += page.length
  }
  return emitted
}

/**
 * Takes a run from `discovering` to `running`: every resource is in the ledger before the first event leaves, and every
 * event is acknowledged before the state changes. A seeder that is killed on the way leaves the run `discovering`; the
 * next one does it all again, which enters nothing twice and asks only for what has no outcome yet.
 * `held`: another process is at it. Throws `discovery_failed` or `type_unknown` when the lists can't be read,
 * other classified errors when Postgres, Kafka or the registry fail.
 */
export const advanceRun = async (
  deps: AdvanceDeps,
  runId: RunId,
  signal: AbortSignal,
): Promise<'advanced' | 'held'> => {
  const { store, source, log } = deps
  const result = await withRunLock(store, runId, async () => {
    const run = await getRun(store, runId)
    if (run?.state !== 'discovering') return 'advanced' as const
    const startedMs = performance.now()
    const pageSizeOf = (type: string): number | undefined => deps.resources.of(type).pageSize
    const found = await discover(selectionOf(run.request), { source, pageSizeOf, log, signal })
    const entries = await withoutFresh(deps, run, found)
    await enterRequests(
      store,
      runId,
      ingestQueue.name,
      entries.map(({ path, resourceType }) => ({ key: path, resourceType })),
    )
    killPoint('ledger_entered')
    const emitted = await emitInFlight(deps, run, entries, signal)
    killPoint('before_running')
    await setRunning(store, runId)
    const seconds = secondsOf(performance.now() - startedMs)
    log.info(
      {
        event: 'run.running',
        run_id: runId,
        requested: entries.length,
        fresh: found.length - entries.length,
        emitted,
        duration_s: seconds,
      },
      `run ${runId}: ${entries.length} resources requested`,
    )
    return 'advanced' as const
  })
  return result ?? 'held'
}
