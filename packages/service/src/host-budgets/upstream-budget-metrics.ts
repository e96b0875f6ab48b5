import { Counter, Gauge, type Registry } from 'prom-client'
import type { HostUse, TurnQueue } from './turn-queue.ts'

export interface BudgetMetrics {
  slowed(host: string): void
}

/** What this process knows of the budgets of hosts, at the moment of a scrape; see docs/metrics.md. */
export const createBudgetMetrics = (
  registry: Registry | undefined,
  queues: ReadonlyMap<string, TurnQueue>,
): BudgetMetrics => {
  const registers = registry ? [registry] : []
  const gauge = (name: string, help: string, read: (use: HostUse) => number | undefined): void => {
    const made: Gauge<'host'> = new Gauge({
      name: `pokepedia_upstream_${name}`,
      help,
      labelNames: ['host'],
      registers,
      collect() {
        for (const [host, { use }] of queues) {
          const value = read(use)
          if (value !== undefined) made.set({ host }, value)
        }
      },
    })
  }
  gauge(
    'budget_requests_per_second',
    'What the host is asked at most at present, by all processes together',
    ({ requestsPerSecond }) => requestsPerSecond,
  )
  gauge(
    'share_requests_per_second',
    "This process's fair share of the host's budget",
    ({ requestsPerSecond, users }) => requestsPerSecond / users,
  )
  gauge('requests_waiting', 'Requests that wait for their turn at the host', ({ waiting }) => waiting)
  gauge('requests_in_flight', 'Requests to the host that have no answer yet', ({ inFlight }) => inFlight)
  gauge(
    'blocked_until_timestamp_seconds',
    'When the last silence that the host asked for ends or ended',
    ({ silentUntil }) => silentUntil && silentUntil.getTime() / 1_000,
  )
  const slowed = new Counter({
    name: 'pokepedia_upstream_slowdowns_total',
    help: 'How often this process has halved what the host is asked',
    labelNames: ['host'],
    registers,
  })
  return { slowed: (host) => slowed.inc({ host }) }
}
