import type { TopicDeclaration } from '@pokepedia/events'
import type { Log } from '@pokepedia/service'
import type { KafkaAdmin } from './admin.ts'

/** Creates the declared topics that are missing and warns of those that differ; changes none. */
export const declareTopics = async (
  admin: KafkaAdmin,
  declarations: readonly TopicDeclaration[],
  log: Log,
): Promise<void> => {
  const { created, drift } = await admin.ensureTopics(declarations)
  if (created.length > 0) log.info({ event: 'topics.created', topics: created }, `created ${created.join(', ')}`)
  for (const { topic, what, declared, actual } of drift)
    log.warn(
      { event: 'topics.drift', topic, what, declared, actual },
      `${topic}: ${what} is ${actual}, declared is ${declared}; see pokepedia topics plan`,
    )
}
