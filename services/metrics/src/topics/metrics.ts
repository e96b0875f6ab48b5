import type { KafkaAdmin } from '@pokepedia/pipeline'
import { Gauge, type Registry } from 'prom-client'

type TopicPlan = Awaited<ReturnType<KafkaAdmin['planTopics']>>

/** Declares `pokepedia_topic_config_drift`; returns what takes each reading. */
export const createTopicMetrics = (registry: Registry, topics: readonly string[]): ((plan: TopicPlan) => void) => {
  const drift = new Gauge({
    name: 'pokepedia_topic_config_drift',
    help: '1 when the topic is missing or differs from its declaration',
    labelNames: ['topic'] as const,
    registers: [registry],
  })
  return (plan) => {
    const differing = new Set([...plan.missing, ...plan.drift.map(({ topic }) => topic)])
    for (const topic of topics) drift.set({ topic }, differing.has(topic) ? 1 : 0)
  }
}
