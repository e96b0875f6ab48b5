import { deadLetterTopic, type Queue } from '@pokepedia/events'
import { type Following, follow, type KafkaClient } from '@pokepedia/pipeline'
import type { Log } from '@pokepedia/service'
import { indexLetter, type Store } from '@pokepedia/storage'
import { letterOf } from './letter-of.ts'

export interface IndexingOptions {
  readonly client: KafkaClient
  readonly store: Store
  readonly queues: readonly Queue[]
  readonly group: string
  readonly log: Log
}

export const INDEX_GROUP = 'dead-letter-index'

/** Keeps the dead-letter index: every record of the queues' dead-letter topics, once. */
export const startIndexing = ({ client, store, queues, group, log }: IndexingOptions): Promise<Following> => {
  const queueOf = new Map(queues.map((queue) => [deadLetterTopic(queue), queue]))
  return follow({
    client,
    group,
    topics: [...queueOf.keys()],
    log,
    async take(record) {
      const queue = queueOf.get(record.delivery.topic)
      if (queue) await indexLetter(store, letterOf(queue, record))
    },
  })
}
