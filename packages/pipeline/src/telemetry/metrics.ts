import type { Queue, RetryTier } from '@pokepedia/events'
import type { Registry } from 'prom-client'
import { createFailureMetrics, type FailureMetrics } from './failure-metrics.ts'
import { createGroupMetrics, type GroupMetrics } from './group-metrics.ts'
import { createHandlingMetrics, type HandlingMetrics } from './handling-metrics.ts'

/** What happens in the consumer runtime of one queue; names and labels are listed in docs/metrics.md. */
export interface ConsumerMetrics extends HandlingMetrics, FailureMetrics, GroupMetrics {}

export const createConsumerMetrics = (
  registry: Registry,
  queue: Queue,
  groups: readonly string[],
  tiers: readonly RetryTier[],
): ConsumerMetrics => ({
  ...createHandlingMetrics(registry, queue, groups),
  ...createFailureMetrics(registry, queue, tiers),
  ...createGroupMetrics(registry, groups),
})
