import { isPipelineError } from '@pokepedia/errors'
import type { Registry } from 'prom-client'
import { processClock } from '../process/clock.ts'
import type { Log } from '../telemetry/log.ts'
import { deadlineOf, SHOWN } from '../upstream/upstream-exchange.ts'
import { isOwnNetwork, namesOf } from '../upstream/upstream-hosts.ts'
import type { HostBudget, HostTurns } from './host-turns.ts'
import { createTurnQueue, type TurnQueue } from './turn-queue.ts'
import { createBudgetMetrics } from './upstream-budget-metrics.ts'

export interface BudgetOptions {
  readonly hosts: readonly HostBudget[]
  readonly turns: HostTurns
  /** The longest wait for a turn, so that none eats up the deadline of a handler. */
  readonly waitMs: number
}

interface BudgetParts {
  readonly budgets?: BudgetOptions
  readonly privateHosts?: readonly string[]
  readonly connectionsPerHost: number
  readonly registry?: Registry
}

export interface Entry {
  readonly signal: AbortSignal | undefined
  /** Before all others that wait. */
  readonly first: boolean
  /** A budget that the request stays within besides its host's. */
  readonly within?: HostBudget | undefined
}

/** Keeps each request within the budget of its host. */
export interface UpstreamBudgets {
  /**
   * Makes one request when its host's budget allows it, and tells all processes when the host asks for less. Throws
   * what the request throws, `host_silent`, `host_budget`, the errors of the source of turns, or `deadline`.
   */
  spend<Answer>(url: URL, entry: Entry, request: () => Promise<Answer>): Promise<Answer>
  stop(): void
}

/** For a 429 without Retry-After. */
const SILENCE_MS = 30_000
const LONGEST_SILENCE_MS = 3_600_000

/** How long a failed request's host wants silence; undefined when it did not ask for less. */
const silenceMsOf = (error: unknown): number | undefined => {
  if (!isPipelineError(error) || (error.httpStatus !== 429 && error.httpStatus !== 503)) return undefined
  const waitMs = error.retryAfterMs ?? (error.httpStatus === 429 ? SILENCE_MS : 0)
  return Math.min(waitMs, LONGEST_SILENCE_MS)
}

/** A refusal is an answer as well. */
const isAnswer = (error: unknown): boolean => isPipelineError(error) && (error.httpStatus ?? 500) < 500

/** The budget of a URL's host: its own, or `*` where it is not of the deployment's own network. */
const budgetOf = (options: BudgetParts, url: URL): HostBudget | undefined => {
  const hosts = options.budgets?.hosts ?? []
  const names = namesOf(url)
  const own = hosts.find(({ host }) => names.includes(host))
  const isOwn = isOwnNetwork(url) || (options.privateHosts ?? []).some((name) => names.includes(name.toLowerCase()))
  return own ?? (isOwn ? undefined : hosts.find(({ host }) => host === '*'))
}

/** Makes the queues of the hosts that have a budget, each when it is first asked. */
export const createUpstreamBudgets = (options: BudgetParts, log: Log): UpstreamBudgets => {
  const { budgets } = options
  const queues = new Map<string, TurnQueue>()
  const metrics = createBudgetMetrics(options.registry, queues)

  const open = (host: string, budget: HostBudget, { turns, waitMs }: BudgetOptions): TurnQueue => {
    const queue = createTurnQueue({
      host,
      budget: { ...budget, inFlight: Math.min(budget.inFlight, options.connectionsPerHost) },
      turns,
      waitMs,
      clock: processClock,
      silenced: ({ message, hint }) => log.warn({ event: 'host.silenced', host }, `${message}; ${hint}`),
      slowed(rate) {
        metrics.slowed(host)
        log.info({ event: 'host.slowed', host, rate }, `${host} is asked ${rate} times a second at most`)
      },
      untold: ({ code, message }) =>
        log.warn({ event: 'host.untold', host, code }, `others may still ask ${host}: ${message}`),
    })
    queues.set(host, queue)
    return queue
  }

  const queueOf = (url: URL): TurnQueue | undefined => {
    const known = queues.get(url.host)
    if (known || budgets === undefined) return known
    const budget = budgetOf(options, url)
    return budget && open(url.host, budget, budgets)
  }

  const enter = async (queue: TurnQueue, url: URL, { signal, first }: Entry): Promise<void> => {
    try {
      await queue.enter(signal, first)
    } catch (error) {
      throw isPipelineError(error) ? error : deadlineOf(error, url.href.slice(0, SHOWN))
    }
  }

  const atHost = async <Answer>(url: URL, entry: Entry, request: () => Promise<Answer>): Promise<Answer> => {
    const queue = queueOf(url)
    if (!queue) return request()
    await enter(queue, url, entry)
    let succeeded = false
    try {
      const answer = await request()
      succeeded = true
      return answer
    } catch (error) {
      const silenceMs = silenceMsOf(error)
      if (silenceMs !== undefined) await queue.slowDown(silenceMs)
      else succeeded = isAnswer(error)
      throw error
    } finally {
      queue.leave(succeeded)
    }
  }

  return {
    async spend(url, entry, request) {
      const { within } = entry
      if (within === undefined || budgets === undefined) return atHost(url, entry, request)
      const queue = queues.get(within.host) ?? open(within.host, within, budgets)
      await enter(queue, url, entry)
      try {
        return await atHost(url, entry, request)
      } finally {
        // What goes wrong is the host's matter; this budget stays what it is.
        queue.leave(true)
      }
    },
    stop() {
      for (const queue of queues.values()) queue.stop()
    },
  }
}
