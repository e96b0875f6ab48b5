import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseRetryTiers, queues, retryGroup, type TopicDeclaration, topicCatalogue } from '@pokepedia/events'
import { parse, stringify } from 'yaml'
import { z } from 'zod'

/** The folder of the manifests. */
export const folder = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): string => readFileSync(`${folder}${path}`, 'utf8')

const MADE = '# Made by `npm run kubernetes`; a test holds it to its source.\n'
const documents = (resources: readonly object[]): string =>
  MADE + resources.map((resource) => stringify(resource, { lineWidth: 0 })).join('---\n')

/** In the namespace of the Kafka cluster, where Strimzi's topic operator looks. */
const topicResource = ({ name, partitions, config }: TopicDeclaration): object => ({
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaTopic',
  metadata: { name, namespace: 'kafka', labels: { 'strimzi.io/cluster': 'pokepedia' } },
  // An acknowledged record is on two brokers; one of three may be away.
  spec: { partitions, replicas: 3, config: { ...config, 'min.insync.replicas': '2' } },
})

/** Groups that none of the queues names: the index of dead letters, and those that a look at a topic makes and removes. */
const INDEX_GROUP = 'dead-letter-index'
const PASSING_GROUPS = ['read-', 'record-times-']

const rule = (
  type: 'topic' | 'group',
  name: string,
  patternType: 'literal' | 'prefix',
  operations: string[],
): object => ({
  resource: { type, name, patternType },
  operations,
})

/**
 * Who the services and the command line are to Kafka. May not make topics, which are Strimzi's, nor alter or delete
 * any: a service that finds none says so and ends.
 */
const userResource = (topics: readonly TopicDeclaration[]): object => ({
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaUser',
  metadata: { name: 'pokepedia', namespace: 'kafka', labels: { 'strimzi.io/cluster': 'pokepedia' } },
  spec: {
    authentication: { type: 'scram-sha-512' },
    authorization: {
      type: 'simple',
      acls: [
        ...topics.map(({ name }) => rule('topic', name, 'literal', ['Read', 'Write', 'Describe', 'DescribeConfigs'])),
        ...[...queues.flatMap((queue) => [queue.group, retryGroup(queue)]), INDEX_GROUP].map((name) =>
          rule('group', name, 'literal', ['Read', 'Describe']),
        ),
        ...PASSING_GROUPS.map((name) => rule('group', name, 'prefix', ['Read', 'Describe', 'Delete'])),
      ],
    },
  },
})

const rulesSchema = z.object({ groups: z.array(z.looseObject({ name: z.string() })) })
const groupsOf = (file: string) => rulesSchema.parse(parse(read(`../prometheus/${file}`))).groups

const retryTiers = (): string => {
  const [, tiers] = /^RETRY_TIERS=(.+)$/m.exec(read('base/settings.env')) ?? []
  if (tiers === undefined) throw new Error('base/settings.env has no RETRY_TIERS')
  return tiers
}

const catalogue = (): TopicDeclaration[] => topicCatalogue(parseRetryTiers(retryTiers()))

/** The text of each manifest that follows from another source, by its path in the folder. */
export const generatedFiles = (): Readonly<Record<string, string>> => ({
  'components/strimzi/topics.yaml': documents(catalogue().map(topicResource)),
  'components/tls/kafka-user.yaml': documents([userResource(catalogue())]),
  'components/prometheus-operator/rules.yaml': documents([
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'pokepedia', namespace: 'pokepedia' },
      spec: { groups: [...groupsOf('recording-rules.yml'), ...groupsOf('alerts.yml')] },
    },
  ]),
})
