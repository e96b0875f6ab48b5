import { queues, retryGroup, retryTopic } from '@pokepedia/events'
import { addEventRoutes, loadPageAssets, type Status, statusRoutes } from '@pokepedia/metrics'
import { createLog, createRegistry, Scope, serve } from '@pokepedia/service'
import { createApp } from '@pokepedia/service/http'
import { openStore } from '@pokepedia/storage'
import { Router } from 'express'

const PARTITIONS = 6
const TIERS = ['5s', '30s', '5m'].map((label) => ({ label, delayMs: 0 }))

const partitionsAt = (count: number, now: Date): Status['partitions'] =>
  queues.flatMap((queue) =>
    [queue.name, ...TIERS.map((tier) => retryTopic(queue, tier))].flatMap((topic) =>
      Array.from({ length: PARTITIONS }, (_, partition) => ({
        group: topic === queue.name ? queue.group : retryGroup(queue),
        topic,
        partition,
        currentOffset: count,
        startOffset: 0,
        endOffset: 2 * count,
        lag: count,
        depth: count,
        ready: count,
        oldestAt: new Date(now.getTime() - 1_000),
        status: 'ok' as const,
        lagSeconds: 1,
      })),
    ),
  )

/** A status in which everything moves; the first queue has `count` records ready. */
export const statusAt = (count: number): Status => {
  const now = new Date()
  return {
    version: '0.1.0',
    mode: { readOnly: false },
    lagMeasuredAt: now,
    queues: queues.map(({ name }, i) => ({
      queue: name,
      ready: count + i,
      delayed: count % 7,
      blocked: count % 3,
      oldestAt: now,
      oldestReadyAt: now,
      newestAt: now,
      messages: 10 * count,
      drainSeconds: count % 100,
    })),
    groups: queues.flatMap((queue) =>
      [queue.group, retryGroup(queue)].map((group) => ({ group, state: 'Stable', members: 1 + (count % 3) })),
    ),
    partitions: partitionsAt(count, now),
    tiers: queues.flatMap(({ name }) =>
      TIERS.map(({ label }) => ({ queue: name, tier: label, ready: count % 5, delayed: count % 11, nextDueAt: now })),
    ),
    runs: [],
    hosts: [{ host: 'pokeapi.co', budget: 20, rate: count % 20, users: 2, silentUntil: null }],
    pauses: [],
    breakers: queues.map(({ group }) => ({
      service: group,
      instance: '0198c0de-0000-7000-8000-000000000000',
      dependency: 'upstream',
      state: count % 50 === 0 ? 'open' : 'closed',
      since: now,
      code: null,
      detail: null,
    })),
    schedules: [],
    collectors: ['lag', 'runs', 'hosts', 'pauses', 'instances'].map((name) => ({
      name,
      up: true,
      lastSuccessAt: now,
      error: null,
    })),
  }
}

export interface FastStream extends AsyncDisposable {
  readonly url: string
  /** Updates made until now. */
  readonly count: number
  /** Changes nothing any more. */
  freeze(): void
}

/** The page and its event stream as the metrics service serves them, with a status that changes `perSecond` times a second. */
export const startFastStream = async (perSecond: number): Promise<FastStream> => {
  const scope = new Scope()
  const log = createLog('stream', 'silent')
  const registry = createRegistry('stream', { version: '0', revision: 'none' })
  // Never asked: the routes that would are answered before.
  const store = scope.add(openStore({ url: 'postgres://nobody@127.0.0.1:1/nothing', poolSize: 1 }, log))
  let count = 0
  let isFrozen = false
  let shown = statusAt(count)
  const status = (): Status => {
    if (isFrozen) return shown
    count += 1
    shown = statusAt(count)
    return shown
  }
  const routes = Router()
    .get('/v1/queues/history', (_request, response) => {
      const points = Array.from({ length: 120 }, (_, i) => ({
        at: new Date(Date.now() - (120 - i) * 30_000),
        ready: i,
        delayed: 1,
        blocked: 0,
      }))
      response.json({ queues: queues.map(({ name }) => ({ queue: name, points })) })
    })
    .get('/v1/groups', (_request, response) => void response.json({ groups: [] }))
    .use(statusRoutes(() => shown, store, await loadPageAssets()))
  const events = addEventRoutes(routes, { status, registry, everyMs: 1_000 / perSecond })
  const server = scope.add(
    await serve(createApp({ log, checks: [], registry, routes }), { host: '127.0.0.1', port: 0 }),
  )
  scope.add(events)
  return {
    url: server.url,
    get count() {
      return count
    },
    freeze() {
      isFrozen = true
    },
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  }
}
