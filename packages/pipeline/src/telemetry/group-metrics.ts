import type { ErrorCode } from '@pokepedia/errors'
import { Counter, type Registry } from 'prom-client'

/** What happens to the membership in the consumer groups of one queue. */
export interface GroupMetrics {
  rebalanced(group: string): void
  /** The Kafka client gave up and began anew; the code says what it could not get over. */
  restarted(group: string, reason: ErrorCode): void
}

/** What the Kafka client can fail with. */
const RESTART_REASONS: readonly ErrorCode[] = ['kafka_unavailable', 'kafka_config']

export const createGroupMetrics = (registry: Registry, groups: readonly string[]): GroupMetrics => {
  const rebalances = new Counter({
    name: 'pokepedia_rebalances_total',
    help: 'Assignments received from the group coordinator',
    labelNames: ['group'] as const,
    registers: [registry],
  })
  const restarts = new Counter({
    name: 'pokepedia_consumer_restarts_total',
    help: 'How often the Kafka client of a group gave up and began anew',
    labelNames: ['group', 'reason'] as const,
    registers: [registry],
  })
  for (const group of groups) {
    rebalances.inc({ group }, 0)
    for (const reason of RESTART_REASONS) restarts.inc({ group, reason }, 0)
  }
  return {
    rebalanced: (group) => rebalances.inc({ group }),
    restarted: (group, reason) => restarts.inc({ group, reason }),
  }
}
